# SPDX-License-Identifier: MIT
"""The catalogue in its native form, enrolled UNMODIFIED: each mistake of threads that the model
finds in a scenario is found, and no fixed variant has a finding.

    catalogue.py PROGRAM [SECONDS]      the time of each exploration; default 5
"""
from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path

# What the native form cannot show, and why.
SILENT = {
    "lock/unlock_foreign": "a lock notices another owner in checked builds only",
    "pipe/byte_before_data": "inconclusive: the model does not see the order that a pipe gives",
}


def scenarios(program: str) -> list[str]:
    """Those of which the model promises to find the mistake."""
    shown = subprocess.run([program, "--list"], capture_output=True, text=True, timeout=120,
                           check=True).stdout
    return sorted(one["id"] for one in json.loads(shown)
                  if "error" not in one and one["promises"]["model"]["sight"] == "finds")


def explored(program: str, scenario: str, variant: str, seconds: str) -> tuple[str, str]:
    """The verdict, and what was found or how much was explored."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "verdict.json"
        ended = subprocess.run([program, "--json", str(file), "--quiet", "--seconds", seconds,
                                "--detector", "model", "--scenario", scenario,
                                "--variant", variant],
                               capture_output=True, text=True, timeout=300, check=False)
        if not file.is_file():
            return "failed", (ended.stdout + ended.stderr)[-200:]
        verdict = json.loads(file.read_text())
    if verdict["finding"]:
        return "found", verdict["finding"]["kind"]
    words = verdict["reach"]["words"]
    trouble = verdict.get("trouble")
    return verdict["verdict"], f"{words}; {trouble}" if trouble else words


def main(program: str, seconds: str = "5") -> int:
    names = scenarios(program)
    wrong = []
    reached: Counter[str] = Counter()
    for name in names:
        racy = explored(program, name, "racy", seconds)
        fixed = explored(program, name, "fixed", seconds)
        print(f"{name:36} {racy[1]:18} {fixed[1]}", flush=True)
        if (racy[0] == "found") == (name in SILENT):
            wrong.append(f"{name} racy: {' '.join(racy)}")
        if fixed[0] in ("found", "failed"):
            wrong.append(f"{name} fixed: {' '.join(fixed)}")
        reached[fixed[1].split()[0] if fixed[0] == "kept" else fixed[0]] += 1
    silent = len(SILENT.keys() & set(names))
    print(f"{len(names)} scenarios, {silent} silent by their nature; fixed: "
          + ", ".join(f"{count} {word}" for word, count in sorted(reached.items())))
    print("\n".join(f"WRONG: {line}" for line in wrong) or "all as they should be")
    return 1 if wrong or not names else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
