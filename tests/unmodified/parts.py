# SPDX-License-Identifier: MIT
"""A program as it is, searched at once, by workers, in shards and from a checkpoint: the same
executions, and the same finding."""
from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any


def verdict(program: str, words: list[str], *options: str) -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "verdict.json"
        ended = subprocess.run([program, "--strategy", "exhaustive", "--quiet", "--json", str(file),
                                *options, "--", *words], timeout=100, text=True, check=False,
                               stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        return json.loads(file.read_text()) if file.is_file() else {"said": ended.stdout}


def count(seen: dict[str, Any]) -> tuple[str, int]:
    return (seen["reach"]["how"], seen["reach"]["count"]) if "reach" in seen else (str(seen), 0)


def main(program: str, with_loops: str) -> int:
    wrong: list[str] = []

    def same(what: str, right: object, heard: object) -> None:
        print(f"{what}: {heard}")
        if heard != right:
            wrong.append(f"{what}: {heard}, and not {right}")

    words = ["barriers"]
    whole = count(verdict(program, words))
    same("at once", ("exhausted", 186), whole)
    same("by 2 workers", whole, count(verdict(program, words, "--jobs", "2")))
    shards = [count(verdict(program, words, "--shard", f"{one}/3")) for one in (1, 2, 3)]
    same("in 3 shards", whole, ("exhausted", sum(number for how, number in shards
                                                 if how == "exhausted")))
    with tempfile.TemporaryDirectory() as folder:
        file = str(Path(folder) / "checkpoint")
        same("cut off", "inconclusive", verdict(program, words, "--checkpoint", file,
                                                "--executions", "100").get("verdict"))
        other = verdict(program, ["guarded"], "--checkpoint", file)
        same("of other words", True, "not of" in other.get("said", ""))
        same("from a checkpoint", whole, count(verdict(program, words, "--checkpoint", file)))
    found = [verdict(program, ["waits_without_a_loop"], "--jobs", jobs)["finding"]
             for jobs in ("1", "2")]
    same("the finding", [found[0]["kind"], found[0]["schedule"]],
         [found[1]["kind"], found[1]["schedule"]])
    same("its kind", "failed check", found[0]["kind"])
    for name in ("growing_backoff", "spin_lock"):
        for one in ("1/2", "2/2"):
            how, _ = count(verdict(with_loops, [name], "--shard", one, "--seconds", "20"))
            same(f"{name}, whose loops wait, in shard {one}", "exhausted", how)
    print("\n".join(wrong))
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
