#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Same seed, same report: runs racy variants under ThreadSanitizer again and again.

Each run has other addresses (ASLR). Its verdict must be the one of the first run, byte for byte,
but for the time that it took. All scenarios of the programs take turns, so that each has as many
runs when the time is over; a folder stands for the scenario programs in it. A scenario that
ThreadSanitizer is promised not to see, or that only may be found and is not, has no report to
compare. Processes have no schedule that a seed repeats: their scenarios are left out.
"""
from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path


BROKEN_PROMISES = ("racy_is_corrected",)  # what the detector says of one is another test
NO_SCENARIOS = ("unit.", "selftest.", "unmodified.")


@dataclass
class Finding:
    program: str
    scenario: str
    must_be_found: bool
    first: str = ""
    runs: int = 0
    wrong: str = ""


def report(of: Finding) -> str:
    """The verdict without what may differ; empty if there is no finding."""
    with tempfile.NamedTemporaryFile(suffix=".json") as file:
        subprocess.run([of.program, "--scenario", of.scenario, "--variant", "racy", "--detector",
                        "tsan", "--seconds", "100", "--json", file.name], check=False,
                       capture_output=True, timeout=300)
        verdict = json.loads(Path(file.name).read_text(encoding="utf-8"))
    verdict.pop("seconds", None)
    return json.dumps(verdict, indent=1, sort_keys=True) if verdict["finding"] else ""


def run_once(of: Finding) -> None:
    told = report(of)
    of.runs += 1
    if of.runs == 1:
        of.first = told
        if not told and of.must_be_found:
            of.wrong = "no finding, though promised"
        return
    if told != of.first:
        lines = [f"  {a.strip()}\n  {b.strip()}"
                 for a, b in zip(of.first.splitlines(), told.splitlines()) if a != b]
        of.wrong = "\n".join([f"run {of.runs} differs from run 1:", *lines[:5]])


def findings_of(program: Path, names: list[str]) -> list[Finding]:
    """The scenarios of a program that ThreadSanitizer may find, or those of these names."""
    told = json.loads(subprocess.run([program, "--list"], check=True, capture_output=True).stdout)
    sights = {one["id"]: one["promises"]["tsan"]["sight"] for one in told
              if "id" in one and one["cast"] == "threads" and one["name"] not in BROKEN_PROMISES}
    chosen = {name: sight for name, sight in sights.items()
              if (name.split("/")[1] in names if names else sight in ("finds", "may_find"))}
    return [Finding(str(program), name, bool(names) or sight == "finds")
            for name, sight in chosen.items()]


def programs(places: list[Path]) -> list[Path]:
    found = []
    for place in places:
        inside = sorted(place.glob("*.*.tsan")) if place.is_dir() else [place]
        found += [one for one in inside
                  if not (place.is_dir() and one.name.startswith(NO_SCENARIOS))]
    return found


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("programs", nargs="+", type=Path)
    parser.add_argument("--times", type=int, default=1000, help="runs of each finding")
    parser.add_argument("--minutes", type=float, default=0, help="stop after so long")
    parser.add_argument("--jobs", type=int, default=os.cpu_count())
    parser.add_argument("--scenario", default="", help="names, with commas between them")
    asked = parser.parse_args()
    names = [name for name in asked.scenario.split(",") if name]
    left = [each for program in programs(asked.programs) for each in findings_of(program, names)]
    until = time.monotonic() + 60 * (asked.minutes or 1e9)
    done: list[Finding] = []
    with ThreadPoolExecutor(asked.jobs) as pool:
        for _ in range(asked.times):
            list(pool.map(lambda of: run_once(of) if time.monotonic() < until else None, left))
            done += [one for one in left if one.wrong or not one.first]
            left = [one for one in left if not one.wrong and one.first]
            if time.monotonic() >= until:
                break
    for one in done:
        print(f"{one.scenario}: {one.wrong or 'nothing found, as it may be'}")
    bad = sum(bool(one.wrong) for one in done)
    counts = [one.runs for one in left]
    print(f"{len(left)} findings with the same report in every run: {sum(counts):,} runs, "
          f"{min(counts, default=0):,} to {max(counts, default=0):,} of each; {bad} differ")
    return 1 if bad or not left else 0


if __name__ == "__main__":
    sys.exit(main())
