#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""What detectors say of choose(), assume() and many threads:

assumptions_test.py <detector> <program>"""
from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from pathlib import Path

# By scenario and variant, then by detector: the kind of the finding, "clean", or "inconclusive: "
# and words of the reason.
NEVER_HOLDS = {"model": "inconclusive: each one ended in assume(false)",
               "stress": "inconclusive: held in no round", "tsan": "inconclusive: held in no round"}
EXPECTED = {
    ("chooses", "racy"): dict.fromkeys(("model", "stress", "tsan"), "failed check"),
    ("chooses", "fixed"): dict.fromkeys(("model", "stress", "tsan"), "clean"),
    ("assumes_after_the_threads", "racy"):
        dict.fromkeys(("model", "stress", "tsan"), "failed check"),
    ("assumes_after_the_threads", "fixed"): dict.fromkeys(("model", "stress", "tsan"), "clean"),
    ("assumes_before_the_threads", "racy"):
        dict.fromkeys(("model", "stress", "tsan"), "failed check"),
    ("assumes_before_the_threads", "fixed"): dict.fromkeys(("model", "stress", "tsan"), "clean"),
    ("stops_a_thread", "racy"): {"model": "data race"},
    ("stops_a_thread", "fixed"): {"model": "clean", "stress": "inconclusive: wait for that thread",
                                  "tsan": "inconclusive: wait for that thread"},
    ("assumes_the_impossible", "racy"): NEVER_HOLDS,
    ("assumes_the_impossible", "fixed"): NEVER_HOLDS,
    ("chooses_from_nothing", "racy"): dict.fromkeys(("model", "stress", "tsan"),
                                                    "uncaught exception"),
    ("chooses_from_nothing", "fixed"): dict.fromkeys(("model", "stress", "tsan"), "clean"),
    ("twenty_threads", "racy"): dict.fromkeys(("model", "tsan"), "data race"),
    ("twenty_threads", "fixed"): dict.fromkeys(("model", "stress", "tsan"), "clean"),
    ("hundred_threads", "racy"): {"tsan": "data race"},
    ("hundred_threads", "fixed"): dict.fromkeys(("stress", "tsan"), "clean"),
}
# Executions of the exhaustive search that are judged.
EXECUTIONS = {("chooses", "fixed"): 9 * 2, ("stops_a_thread", "fixed"): 2}


# A shard of the search may have nothing to do; that is no failed assumption.
SHARDS = {("chooses_from_nothing", "2/4"): "clean",
          ("assumes_the_impossible", "2/2"): "inconclusive: each one ended in assume(false)"}


def verdict_of(program: str, detector: str, scenario: str, variant: str, *more: str) -> dict:
    with tempfile.NamedTemporaryFile(suffix=".json") as file:
        subprocess.run([program, "--scenario", scenario, "--variant", variant, "--detector",
                        detector, "--json", file.name, *more], check=False, capture_output=True,
                       timeout=100)
        return json.loads(Path(file.name).read_text(encoding="utf-8"))


def in_words(verdict: dict) -> str:
    if verdict["finding"] and verdict["finding"]["kind"]:
        return verdict["finding"]["kind"].removeprefix("unmarked ")
    if verdict["verdict"] == "kept":
        return "clean"
    return f"{verdict['verdict']}: {verdict.get('trouble') or verdict['why']}"


def differs(what: str, expected: str, got: str) -> bool:
    inconclusive = "inconclusive: "
    if got == expected or (expected.startswith(inconclusive) and got.startswith(inconclusive)
                           and expected.removeprefix(inconclusive) in got):
        return False
    print(f"{what}: '{got}' instead of '{expected}'")
    return True


def main() -> int:
    detector, program = sys.argv[1:3]
    bad = done = 0
    for (scenario, variant), by_detector in EXPECTED.items():
        if detector not in by_detector:
            continue
        done += 1
        verdict = verdict_of(program, detector, scenario, variant)
        bad += differs(f"{scenario} {variant}", by_detector[detector], in_words(verdict))
        judged = EXECUTIONS.get((scenario, variant))
        if detector == "model" and judged and verdict["reach"]["count"] != judged:
            print(f"{scenario} {variant}: {verdict['reach']} instead of {judged} executions")
            bad += 1
    for (scenario, shard), expected in SHARDS.items() if detector == "model" else ():
        verdict = verdict_of(program, detector, scenario, "fixed", "--strategy", "exhaustive",
                             "--shard", shard)
        bad += differs(f"{scenario}, shard {shard}", expected, in_words(verdict))
    print(f"{done} verdicts, {bad} wrong")
    return 1 if bad or not done else 0


if __name__ == "__main__":
    sys.exit(main())
