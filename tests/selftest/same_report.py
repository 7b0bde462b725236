#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Same seed, same report: same_report.py <times> <program> [argument...]

Runs a scenario program so often, with randomised addresses, and compares what it writes with
--json;
only how long it took may differ. With --scenario=a,b,c each of these is compared by itself.
"""
from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from pathlib import Path


def report(command: list[str]) -> str:
    with tempfile.NamedTemporaryFile(suffix=".json") as file:
        subprocess.run([*command, "--json", file.name], check=False, capture_output=True,
                       timeout=120)
        verdict = json.loads(Path(file.name).read_text(encoding="utf-8"))
    verdict.pop("seconds", None)
    verdict.pop("executions_per_second", None)
    return json.dumps(verdict, indent=1, sort_keys=True)


def differs(times: int, command: list[str], name: str) -> bool:
    first = report(command)
    if not json.loads(first).get("finding"):
        print(f"{name}: no finding to compare")
        return True
    for count in range(2, times + 1):
        other = report(command)
        if other == first:
            continue
        lines = [(a, b) for a, b in zip(first.splitlines(), other.splitlines()) if a != b]
        print(f"{name}: run {count} differs from run 1:")
        for one, two in lines[:5]:
            print(f"  {one.strip()}\n  {two.strip()}")
        return True
    print(f"{name}: {times} identical reports")
    return False


def main() -> int:
    times, program = int(sys.argv[1]), sys.argv[2]
    scenarios = [one for one in sys.argv[3:] if one.startswith("--scenario=")]
    others = [one for one in sys.argv[3:] if one not in scenarios]
    command = [program, "--variant", "racy", "--detector", "tsan", *others]
    if not scenarios:
        return 1 if differs(times, command, Path(program).name) else 0
    names = scenarios[0].split("=")[1].split(",")
    bad = [name for name in names if differs(times, [*command, "--scenario", name], name)]
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
