# SPDX-License-Identifier: MIT
"""What the page is made of: verdicts of this build, interleavings, and graphs of states."""
from __future__ import annotations

import json
import tempfile
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from .. import child
from ..binary_id import binary_id
from ..build_tree import Build
from ..catalogue import Scenario

Verdict = dict[str, Any]
most_states = 1500
_seconds = 30.0  # for a program to show an execution or to list its states


@dataclass
class Entry:
    """A scenario and all that is known of it."""
    scenario: Scenario
    source: str
    verdicts: dict[tuple[str, str], Verdict] = field(default_factory=dict)  # variant, detector
    findings: dict[str, dict[str, Any]] = field(default_factory=dict)  # by variant, with steps
    graphs: dict[str, dict[str, Any]] = field(default_factory=dict)  # by variant
    no_graph: str = ""  # why there is none


@dataclass
class Gathered:
    entries: list[Entry]
    left_out: list[str]  # a line for each verdict file that is not of this build


def _wrong(told: Verdict, file: Path, build: Build) -> str:
    """Why a verdict does not belong to this build, or nothing."""
    name, detector = told["scenario"], told["detector"]
    if detector not in build.flavour_of or name not in {one for one, _ in build.programs}:
        return f"this build has no {name}"
    program = build.program(name, detector)
    if program is None or not program.is_file():
        return "" if told["verdict"] == "skipped" else "its program is not built any more"
    if told.get("binary"):
        if told["binary"] != binary_id(program):
            return (f"it is of another build of {program.name} ({told['binary'][:12]}, not "
                    f"{binary_id(program)[:12]})")
        return ""
    if file.stat().st_mtime < program.stat().st_mtime:
        return f"it is older than {program.name}"
    return "" if told["variant"] in ("racy", "fixed") else f"its variant is '{told['variant']}'"


def _is_of_orders(name: str) -> bool:
    """lock/futex_mutex.take: a primitive with one of its orders, which has no page."""
    return "." in name.partition("/")[2]


def read_verdicts(folder: Path, build: Build,
                  known: dict[str, Scenario]) -> tuple[list[Verdict], list[str]]:
    """Those of these scenarios and this build, and a line for each file of another build."""
    verdicts, left_out = [], []
    for file in sorted(folder.glob("*.json")):
        try:
            told = json.loads(file.read_text())
            if told["scenario"] not in known and (_is_of_orders(told["scenario"]) or any(
                    one == told["scenario"] for one, _ in build.programs)):
                continue
            why = _wrong(told, file, build)
        except (OSError, ValueError, KeyError, TypeError) as broken:
            why = f"it cannot be read ({broken})"
        if why:
            left_out.append(f"{file.name}: {why}; run it again")
        else:
            verdicts.append(told)
    return verdicts, left_out


def _asked(entry: Entry, build: Build, variant: str, *options: str) -> Verdict | None:
    """What its model program answers, if it does."""
    program = build.program(entry.scenario.id, "model")
    if program is None or not program.is_file():
        return None
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "told.json"
        child.run([str(program), "--scenario", entry.scenario.id, "--variant", variant,
                   "--detector", "model", "--json", str(file), "--quiet", *options], _seconds)
        try:
            return json.loads(file.read_text())
        except (OSError, ValueError):
            return None


def _add_findings(entry: Entry, build: Build) -> None:
    for variant in entry.scenario.variants:
        for detector in ("model", "tsan"):
            found = (entry.verdicts.get((variant, detector)) or {}).get("finding")
            if found and found["steps"]:
                entry.findings.setdefault(variant, found)
        if variant in entry.findings or not entry.scenario.hosts("model"):
            continue
        told = _asked(entry, build, variant, "--show")
        found = (told or {}).get("finding")
        if found and found["steps"]:
            entry.findings[variant] = found


def _add_graphs(entry: Entry, build: Build) -> None:
    if not entry.scenario.hosts("model"):
        entry.no_graph = "there is no model of it"
        return
    for variant in entry.scenario.variants:
        told = _asked(entry, build, variant, "--mode", "graph", "--executions", str(most_states))
        graph = (told or {}).get("graph")
        if graph is None:
            entry.no_graph = "its model program is not built, or could not list its states"
        elif not graph["complete"]:
            entry.no_graph = f"it has more than {most_states:,} states"
        else:
            entry.graphs[variant] = graph
            continue
        entry.graphs.clear()
        return


def _fill(entry: Entry, build: Build, with_graphs: bool) -> None:
    _add_findings(entry, build)
    if with_graphs:
        _add_graphs(entry, build)
    else:
        entry.no_graph = "the page was made without graphs"


def gather(scenarios: Iterable[Scenario], build: Build, folder: Path, jobs: int,
           with_graphs: bool, tell: Callable[[int, int], None]) -> Gathered:
    known = {one.id: one for one in scenarios}
    verdicts, left_out = read_verdicts(folder, build, known)
    entries = [Entry(one, _source(one, build)) for one in known.values()]
    by_id = {entry.scenario.id: entry for entry in entries}
    for told in verdicts:
        by_id[told["scenario"]].verdicts[told["variant"], told["detector"]] = told
    with ThreadPoolExecutor(max_workers=jobs) as pool:
        waiting = [pool.submit(_fill, entry, build, with_graphs) for entry in entries]
        try:
            for number, one in enumerate(as_completed(waiting), 1):
                one.result()
                tell(number, len(entries))
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            child.kill_all()
            raise
    return Gathered(entries, left_out)


def _source(one: Scenario, build: Build) -> str:
    try:
        return (build.source / one.told["files"][0]).read_text()
    except OSError:
        return ""


def lines_of(file: str, first: int, last: int) -> Sequence[tuple[int, str]]:
    """Lines of a source file, numbered; none if it cannot be read."""
    try:
        text = Path(file).read_text(errors="replace").splitlines()
    except OSError:
        return []
    return [(number, text[number - 1]) for number in range(max(first, 1), last + 1)
            if number <= len(text)]
