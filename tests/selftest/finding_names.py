#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""What findings say, checked against the source: finding_names.py <detector> <program or folder>...

Runs the racy variant of each scenario of each program (of a folder: <family>.<scenario>.<flavour>)
and checks in its finding that
- every step and place has a line that exists, and none is inside the kit if the scenario has one;
- the name of each object stands in the line of a step that uses it (or in the lines that follow);
- a race names its variable, and a deadlock what each thread waits for.
"""
from __future__ import annotations

import json
import re
import subprocess
import sys
import tempfile
from pathlib import Path

KIT = re.compile(r"/racekit/(lock|queue|pipe|shared|server|platform)/|/sanitizers/")
# A guard's end, a fence, a thread: steps whose line does not show an object.
NAMELESS = {"unlock", "fence", "spin", "start a thread", "join", "call", "destroy"}


def source(file: str, line: int) -> list[str]:
    lines = Path(file).read_text(encoding="utf-8").splitlines()
    return lines[line - 1:line + 3]


def complaints(finding: dict) -> list[str]:
    found = []
    for row in finding["steps"] + finding["places"]:
        text = row.get("action") or row.get("role")
        if not row["file"]:
            continue
        if (row["line"] < 1 or not Path(row["file"]).is_file()
                or not source(row["file"], row["line"])):
            found.append(f"'{text}' has no line: {row['file']}:{row['line']}")
    shown: dict[str, list[str]] = {}
    for row in finding["steps"]:
        if row["object"] and row["operation"] not in NAMELESS and row["file"] and row["line"] > 0:
            shown.setdefault(row["object"], []).append(
                "\n".join(source(row["file"], row["line"])))
    for name, texts in shown.items():
        # A guard, a reference or a parameter may stand for it elsewhere.
        # `queue.tail` is a part of what the line calls `queue`.
        bare = [re.sub(r"(\[\d+\])?(#\d+)?$", "", one.split(".")[0])
                for one in name.split(" or ")]
        if not any(all(re.search(rf"\b{re.escape(one)}_*\b", text) for one in bare)
                   for text in texts):
            found.append(f"no line calls an object '{name}': {texts[0].splitlines()[0].strip()}")
    places = finding["places"]
    inside_kit = [one for one in places if KIT.search(one["file"])]
    if inside_kit and all(one in inside_kit for one in places):
        listed = [(place["role"], place["file"], place["line"]) for place in places]
        found.append(f"no place is the scenario's: {listed}")
    for first, second in zip(places, places[1:] + [None]):
        if KIT.search(first["file"]) and not first["role"].startswith("  "):
            found.append(f"'{first['role']}' is inside the kit: {first['file']}:{first['line']}")
    if finding["kind"] in ("data race", "use after free") and not finding["subject"]:
        found.append("the race has no subject")
    if finding["kind"] == "deadlock" and re.search(r"waits for (a value|a lock)\b",
                                                   finding["consequence"]):
        found.append(f"a deadlock on something without a name: {finding['consequence']}")
    return found


def scenarios_of(program: str, detector: str) -> list[str]:
    """Those that the detector finds or may find."""
    told = subprocess.run([program, "--list"], check=True, capture_output=True).stdout
    return [one["id"] for one in json.loads(told)
            if one.get("promises", {}).get(detector, {}).get("sight") in ("finds", "may_find")]


def finding_of(program: str, scenario: str, detector: str) -> dict | None:
    with tempfile.NamedTemporaryFile(suffix=".json") as file:
        subprocess.run([program, "--scenario", scenario, "--variant", "racy", "--detector",
                        detector, "--json", file.name], check=False, capture_output=True,
                       timeout=200)
        text = Path(file.name).read_text(encoding="utf-8")
    return json.loads(text).get("finding") if text else None


def programs(arguments: list[str], flavour: str) -> list[str]:
    all_of_them = []
    for one in map(Path, arguments):
        if not one.is_dir():
            all_of_them.append(str(one))
            continue
        all_of_them += [str(each) for each in sorted(one.glob(f"*.*.{flavour}"))
                        if not each.name.startswith(("unit.", "selftest.", "unmodified.",
                                                      "linearizability."))]
    return all_of_them


def main() -> int:
    detector, found, bad = sys.argv[1], 0, 0
    tested = [(program, scenario) for program in programs(sys.argv[2:], detector)
              for scenario in scenarios_of(program, detector)]
    for program, scenario in tested:
        finding = finding_of(program, scenario, detector)
        if not finding or not finding.get("kind"):
            continue
        found += 1
        for each in complaints(finding):
            print(f"{scenario}: {finding['kind']}: {each}")
            bad += 1
    print(f"{len(tested)} scenarios, {found} findings, {bad} complaints")
    return 1 if bad or not found else 0


if __name__ == "__main__":
    sys.exit(main())
