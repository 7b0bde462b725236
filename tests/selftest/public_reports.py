#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""What the detectors say of public bug reports: public_reports.py <model|tsan|stress> <program>

The bodies are in tsan_fences/public_reports.cpp and shared_pointer.cpp. The model finds each racy
variant, with the kind and the subject below, and exhausts each fixed one. ThreadSanitizer finds the
racy variants that are listed (its fixed ones are in selftest.tsan_fences), stress is clean on the
fixed ones. Each name, line and mark of a finding is that of the source.
"""
from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
import finding_names  # noqa: E402

MODEL = {
    "exchange_taken_for_a_fence": ("lost wake-up", ""),
    "removed_by_two": ("use after free", "signal"),
    "freed_by_its_callback": ("use after free", "pending"),
    "head_moved_without_release": ("data race", "value"),
    "room_that_wraps": ("data race", "only_place"),
    "callback_awaited_relaxed": ("data race", "result"),
    "locks_taken_back_in_the_wrong_order": ("deadlock", ""),
    "flags_with_weak_fences": ("data race", "inside"),
    "marked_before_it_was_read": ("use after free", "bell"),
    "making_that_throws": ("lost wake-up", ""),
    "permit_before_the_link": ("failed check", ""),
    "last_owner_fences": ("use after free", "halves[0]"),
    "made_after_it_was_found": ("data race", "state"),
    "woken_with_relaxed_order": ("data race", "news"),
    "acquire_fence_publishes": ("data race", "cell"),
    "fenced_before_the_load": ("data race", "data"),
    "condition_destroyed": ("lost wake-up", ""),
    "reader_unlocks_relaxed": ("data race", "value"),
    "alone_by_a_load": ("use after free", "used"),
    "rung_unless_it_rings": ("failed check", ""),
    "tried_once": ("failed check", ""),
    "deleted_without_destructor": ("use after free", "shared"),
    "freed_without_destructor": ("use after free", "shared"),
    "counted_and_freed": ("use after free", "owners"),
    "nobody_answers": ("deadlock", ""),
    "exchanged_without_success": ("deadlock", ""),
    "deadline_over_ones_own_lock": ("failed check", ""),
    "woken_by_the_pipe_of_another": ("failed check", ""),
    "waits_for_a_dead_waiter": ("deadlock", ""),
    "guarded_too_weakly": ("use after free", "value"),
    "read_after_the_claim": ("failed check", ""),
    "compared_with_the_value_before": ("lost wake-up", ""),
}
# The count in std::shared_ptr orders the two owners, and the model does not see it.
DOUBTED = {"owned_by_the_library": "the model does not see std::shared_ptr (line "}
# Acquire loads with relaxed stores: C++20 allows load buffering, which the model does not show.
WARNED = {"flags_with_weak_fences": ["load buffering"]}
TSAN = {
    "freed_by_its_callback": "use after free", "head_moved_without_release": "data race",
    "callback_awaited_relaxed": "data race", "last_owner_fences": "data race",
    "locks_taken_back_in_the_wrong_order": "deadlock",
    "marked_before_it_was_read": "data race", "making_that_throws": "deadlock",
    "permit_before_the_link": "failed check", "made_after_it_was_found": "data race",
    "woken_with_relaxed_order": "data race", "acquire_fence_publishes": "data race",
    "fenced_before_the_load": "data race", "reader_unlocks_relaxed": "data race",
    "alone_by_a_load": "data race", "owned_by_the_library": "data race",
    "deleted_without_destructor": "data race", "freed_without_destructor": "data race",
    "counted_and_freed": "data race", "nobody_answers": "deadlock",
    "exchanged_without_success": "hang", "compared_with_the_value_before": "deadlock",
}


def verdict_of(program: str, detector: str, scenario: str, variant: str, *more: str) -> dict:
    with tempfile.NamedTemporaryFile(suffix=".json") as file:
        ran = subprocess.run([program, "--scenario", scenario, "--variant", variant, "--detector",
                              detector, "--json", file.name, *more], check=False,
                             capture_output=True, text=True, timeout=300)
        text = Path(file.name).read_text(encoding="utf-8")
    return json.loads(text) if text else {"finding": None, "verdict": ran.stdout + ran.stderr}


def wrong_finding(verdict: dict, kind: str, subject: str | None) -> list[str]:
    finding = verdict["finding"]
    if not finding:
        return [f"no {kind}: {verdict}"]
    found = finding_names.complaints(finding)
    # Whether a freed object is read or being freed is a matter of the schedule.
    freed = ("data race", "use after free")
    if finding["kind"] != kind and not (subject is None and {finding["kind"], kind} <= set(freed)):
        found.append(f"a {finding['kind']}, not a {kind}")
    if subject is not None and finding["subject"] != subject:
        found.append(f"on '{finding['subject']}', not on '{subject}'")
    if not finding["places"]:
        found.append("no place")
    for place in finding["places"]:
        if place["line"] < 1:
            found.append(f"'{place['role']}' has no line")
        if finding["kind"] in freed and not place["marked"] and "made by" not in place["role"]:
            found.append(f"'{place['role']}' is at line {place['line']}, which has no mark")
    return found


def of_model(program: str, scenario: str) -> list[str]:
    found = []
    if scenario in MODEL:
        found += wrong_finding(verdict_of(program, "model", scenario, "racy"), *MODEL[scenario])
    fixed = verdict_of(program, "model", scenario, "fixed")
    if scenario in DOUBTED:
        if fixed["verdict"] != "inconclusive" or DOUBTED[scenario] not in fixed["why"]:
            found.append(f"fixed is {fixed['verdict']}: {fixed.get('why')}")
    elif fixed["verdict"] != "kept" or fixed["reach"]["how"] != "exhausted":
        found.append(f"fixed is {fixed['verdict']}: {fixed.get('why')}, {fixed.get('reach')}")
    elif [one["kind"] for one in fixed["warnings"]] != WARNED.get(scenario, []):
        found.append(f"warnings of fixed: {fixed['warnings']}")
    return found


def complaints(program: str, detector: str, scenario: str) -> list[str]:
    if detector == "model":
        return of_model(program, scenario)
    if detector == "tsan":
        return wrong_finding(verdict_of(program, "tsan", scenario, "racy"), TSAN[scenario], None)
    fixed = verdict_of(program, "stress", scenario, "fixed", "--executions", "20")
    return [] if fixed["verdict"] == "kept" else [f"fixed is {fixed['verdict']}: {fixed}"]


def main() -> int:
    detector, program = sys.argv[1:3]
    listed = subprocess.run([program, "--runs"], check=True, capture_output=True, text=True).stdout
    names = [line.split()[0].partition(".")[2] for line in listed.splitlines()
             if line.split()[1:] == ["fixed", detector]]
    bad = listed.count("error")
    if bad:
        print(listed)
    if detector == "model" and sorted(names) != sorted([*MODEL, *DOUBTED]):
        print(f"the table has other scenarios than the program: {set(names) ^ {*MODEL, *DOUBTED}}")
        bad += 1
    if detector == "tsan":
        names = [name for name in names if name in TSAN]
    with ThreadPoolExecutor(2) as pool:
        for name, told in zip(names, pool.map(lambda one: complaints(program, detector, one),
                                              names)):
            for text in told:
                print(f"{name}: {text}")
                bad += 1
    print(f"{len(names)} scenarios, {bad} complaints")
    return 1 if bad or not names else 0


if __name__ == "__main__":
    sys.exit(main())
