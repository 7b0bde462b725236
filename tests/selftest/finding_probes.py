#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""What findings show of probes: finding_probes.py <model|tsan> <program>

Compares each finding of finding_probes.cpp with the comments in its source: `// shows a store 1, b
load` at the line of a row lists what rows may show there, as the object and the beginning of the
action. Every row and every place must be a line of the probes, with such a comment or `// place`;
a kind and a subject are listed below.
"""
from __future__ import annotations

import json
import re
import subprocess
import sys
import tempfile
from pathlib import Path

SOURCE = Path(__file__).resolve().parent / "finding_probes.cpp"

# By scenario and detector: the kind and the subject of the finding, or words of the message.
FOUND = {
    "declared_together": {"model": ("failed check", "")},
    "declared_behind": {"model": ("failed check", "")},
    "crossed": {"model": ("failed check", ""), "tsan": ("failed check", "")},
    "guarded_pair": {"model": ("data race", "height"), "tsan": ("data race", "height")},
    "array_from_both_ends": {"model": ("failed check", ""), "tsan": ("failed check", "")},
    "counted_by_operators": {"model": ("failed check", ""), "tsan": ("failed check", "")},
    "null_after_test": {"model": ("data race", "pointer"), "tsan": ("crash", "")},
    "throws_on_zero": {"model": ("data race", "divisor"), "tsan": ("uncaught exception", "")},
    "unlocked_twice": {"model": ("data race", "held"), "tsan": ("data race", "held")},
    "plain_references": {"model": ("data race", "references"),
                         "tsan": ("data race", "references")},
    "deleted_on_a_flag": {"model": ("data race", "done"), "tsan": ("data race", "done")},
    "local_lent": {"model": ("data race", "local"), "tsan": ("data race", "local")},
    "notified_too_early": {"model": ("data race", "ready"), "tsan": ("deadlock", "")},
    "taken_twice": {"model": ("data race", "parcel"), "tsan": ("data race", "parcel")},
    "freed_under_a_thread": {"model": ("use after free", "lent"),
                             "tsan": ("use after free", "lent")},
    "deleted_twice": {"model": ("use after free", "number")},
    "used_after_its_delete": {"model": ("use after free", "number"),
                              "tsan": ("use after free", "number")},
    "found_before_it_is_made": {"model": ("data race", "found")},
    "woken_spuriously": {"model": ("failed check", "")},
    "chosen_by_a_condition": {"model": ("data race", "left or right"),
                              "tsan": ("data race", "left or right")},
}
# These have the place of the delete, or of the construction, beside that of the access.
PLACES = {"deleted_twice": 2, "used_after_its_delete": 2, "found_before_it_is_made": 2}
REFUSED = {
    "counts_too_far": "cut off at finding_probes.cpp:{line of while (self == 0 && count.load()}: ",
    "locked_by_std": "calls pthread_mutex_lock(), which the model does not control: wait with "
                     "racekit's locks, futexes, channels and await(); the model does not see "
                     "std::mutex (line {line of     std::mutex gate;})",
    "starts_a_std_thread": "thread 0 calls pthread_create(), which the model does not control",
    "counts_in_a_static": "(finding_probes.cpp:{line of if (++runs > 1)})",
}
# Rows without an object: their line needs no comment.
WITHOUT_OBJECT = re.compile(r"starts? (?:a )?thread|joins thread|waits for thread|sleeps on|"
                            r"gives up|is destroyed|spin|finishes")

lines = SOURCE.read_text(encoding="utf-8").splitlines()


def with_lines(words: str) -> str:
    """`{line of x}` becomes the number of the line that has x."""
    def number(found: re.Match[str]) -> str:
        return str(next(at for at, line in enumerate(lines, 1) if found[1] in line))
    return re.sub(r"\{line of (.*?)\}", number, words)


def comment(line: int) -> str:
    return lines[line - 1].rpartition("// ")[2] if 0 < line <= len(lines) else ""


def wrong_row(row: dict) -> str:
    if not row["file"]:
        return ""
    if not row["file"].endswith("/finding_probes.cpp"):
        return f"'{row['action']}' is shown at {row['file']}:{row['line']}"
    if WITHOUT_OBJECT.search(row["action"]):
        return ""
    whole, _, part = row["object"].partition(".")
    if part:  # a step inside a primitive, which ThreadSanitizer runs as it is
        return "" if re.search(rf"\b{whole}\b", lines[row["line"] - 1]) else (
            f"line {row['line']} does not use '{whole}': {row['object']}")
    action = row["action"].removeprefix(row["object"]).strip()
    shown = comment(row["line"]).removeprefix("shows ").split(", ")
    if any(f"{row['object']} {action}".startswith(one) for one in shown if one):
        return ""
    return f"line {row['line']} shows '{row['object']} {action}', not one of {shown}"


def wrong_place(place: dict) -> str:
    if not place["file"].endswith("/finding_probes.cpp"):
        return f"'{place['role']}' is at {place['file']}:{place['line']}"
    if re.match("shows |place", comment(place["line"])):
        return ""
    return f"'{place['role']}' is at line {place['line']}, which has no comment"


def verdict_of(program: str, detector: str, scenario: str) -> dict:
    with tempfile.NamedTemporaryFile(suffix=".json") as file:
        subprocess.run([program, "--scenario", scenario, "--variant", "racy", "--detector",
                        detector, "--json", file.name, "--seconds", "60"], check=False,
                       capture_output=True, timeout=200)
        return json.loads(Path(file.name).read_text(encoding="utf-8"))


def complaints(program: str, detector: str, scenario: str) -> list[str]:
    verdict = verdict_of(program, detector, scenario)
    if scenario in REFUSED:
        words = with_lines(REFUSED[scenario])
        told = verdict.get("trouble", "") or json.dumps(verdict["finding"])
        return [] if words in told else [f"'{told}' lacks '{words}'"]
    finding = verdict["finding"]
    if not finding:
        return [f"no finding: {verdict['why']}"]
    found = []
    # The probes mark no line `// <- race`, so ThreadSanitizer's races are unmarked.
    kind = finding["kind"].removeprefix("unmarked ")
    if (kind, finding["subject"]) != FOUND[scenario][detector]:
        found.append(f"{finding['kind']} on '{finding['subject']}', not "
                     f"{FOUND[scenario][detector]}")
    found += [text for text in map(wrong_row, finding["steps"]) if text]
    found += [text for text in map(wrong_place, finding["places"]) if text]
    if len(finding["places"]) < PLACES.get(scenario, 0):
        found.append(f"places: {finding['places']}")
    return found


def main() -> int:
    detector, program = sys.argv[1:3]
    bad = 0
    names = [name for name, by in FOUND.items() if detector in by]
    if detector == "model":
        names += REFUSED
    for scenario in names:
        for text in complaints(program, detector, scenario):
            print(f"{scenario}: {text}")
            bad += 1
    print(f"{len(names)} probes, {bad} complaints")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
