# SPDX-License-Identifier: MIT
"""An interleaving as rows: what each thread did, the values after it, and what belongs together."""
from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from .gather import lines_of

most_rows = (400, 120, 40, 15)  # later ones are left out: the first number with which a page fits
most_values = 4
_access = re.compile(r"(\w+) by thread (\d+)")


@dataclass
class Row:
    thread: int
    number: int  # from 1; 0: the thread only waits
    action: str
    object: str
    values: list[str]  # by column
    changed: int  # the column that this step changed; -1: none
    file: str
    line: int
    code: str
    note: str = ""
    could_read: list[dict[str, Any]] = field(default_factory=list)
    marked: bool = False
    races_with: int = 0  # the number of the other step
    after: int = 0       # the number of a step of another thread that happens before it
    after_words: str = ""  # by what
    fails: bool = False

    @property
    def waits(self) -> bool:
        return self.number == 0

    @property
    def where(self) -> str:
        return f"{Path(self.file).name}:{self.line}" if self.file else ""

    @property
    def is_stale(self) -> bool:
        return any(one.get("read") and not one.get("newest") for one in self.could_read)


@dataclass
class Trace:
    threads: int
    objects: list[str]
    rows: list[Row]
    left_out: int = 0


def arrowed(action: str) -> str:
    """Written as one sign, "->" is not divided at the end of a line."""
    return action.replace("->", "→")


def columns(steps: Sequence[dict[str, Any]], subject: str) -> list[str]:
    """The objects with a value column: those whose value changes, the subject always."""
    named = list(dict.fromkeys(step["object"] for step in steps
                               if step["object"] and step.get("value")))
    if subject and subject not in named and any(step["object"] == subject for step in steps):
        named.insert(0, subject)
    if subject in named[most_values:]:
        named = [*named[:most_values - 1], subject]
    return named[:most_values]


def _code(step: dict[str, Any]) -> str:
    for _, text in lines_of(step["file"], step["line"], step["line"]):
        return text.partition("// <- race")[0].strip()
    return ""


def _rows(steps: Sequence[dict[str, Any]], objects: Sequence[str]) -> list[Row]:
    rows: list[Row] = []
    values = ["" for _ in objects]
    number = 0
    for step in steps:
        changed = -1
        if step["object"] in objects and step.get("value"):
            changed = objects.index(step["object"])
            values[changed] = step["value"]
        waits = bool(step.get("blocked"))
        number += not waits
        rows.append(Row(step["thread"], 0 if waits else number, arrowed(step["action"]),
                        step["object"], list(values), changed, step["file"], step["line"],
                        _code(step), step.get("note", ""), step.get("could_read", []),
                        bool(step.get("marked"))))
    return rows


_releases, _acquires = {"release", "acq_rel", "seq_cst"}, {"acquire", "acq_rel", "seq_cst"}


def _by_atomic(step: dict[str, Any], row: Row, before: dict[int, dict[str, Any]]) -> int:
    """The release store whose value this acquires. A compare-exchange that fails may have a weaker
    order than the one shown, and a store after another one may end a release sequence: no word."""
    if step.get("order") not in _acquires or (step["operation"] == "compare_exchange"
                                              and not step.get("value")):
        return 0
    for one in row.could_read:
        wrote = before.get(one["step"]) if one.get("read") else None
        if (wrote and wrote["object"] == step["object"] and wrote["thread"] != step["thread"]
                and wrote.get("order") in _releases and wrote.get("value") == one["value"]):
            return int(one["step"])
    return 0


def _add_orders(steps: Sequence[dict[str, Any]], rows: Sequence[Row]) -> None:
    """What happens before a step by a lock or an atomic that both threads use."""
    before: dict[int, dict[str, Any]] = {}
    freed: dict[str, int] = {}  # by lock: the step that freed it
    for step, row in zip(steps, rows):
        if row.waits:
            continue
        before[row.number] = step
        if step["operation"] in ("lock", "try_lock") and str(step.get("value", "")
                                                             ).startswith("held by"):
            row.after = freed.get(step["object"], 0)
            row.after_words = "unlock → lock"
        elif row.could_read:
            row.after = _by_atomic(step, row, before)
            row.after_words = "release → acquire"
        if row.after and before[row.after]["thread"] == row.thread:
            row.after = 0
        if step["operation"] == "unlock" and step.get("value") == "free":
            freed[step["object"]] = row.number


def _is_access(row: Row, place: dict[str, Any], subject: str, in_words: bool) -> bool:
    """Whether the row is that access. A write may be called otherwise, "take": then it must only
    not be the other kind of access."""
    found = _access.search(place["role"])
    if (found is None or row.waits or row.thread != int(found[2]) or row.line != place["line"]
            or row.file != place["file"] or (subject and row.object != subject)):
        return False
    if in_words:
        return row.action.startswith(found[1])
    return not row.action.startswith("read" if found[1] == "write" else "write")


def _pair_of(rows: Sequence[Row], places: Sequence[dict[str, Any]], subject: str,
             in_words: bool) -> tuple[Row, Row] | None:
    mine = [[row for row in rows if _is_access(row, place, subject, in_words)]
            for place in places[:2]]
    for later in mine[0]:
        for before in reversed(mine[1]):
            if before.number < later.number:
                return later, before
    return (mine[0][0], mine[1][0]) if all(mine) else None


def _racing_pair(rows: Sequence[Row], found: dict[str, Any]) -> tuple[Row, Row] | None:
    """The two accesses that nothing orders."""
    places = [one for one in found["places"] if _access.search(one["role"])]
    if "data race" not in found["kind"] or len(places) < 2:
        return None
    return (_pair_of(rows, places, found["subject"], True)
            or _pair_of(rows, places, found["subject"], False))


def trace_of(found: dict[str, Any], most: int = most_rows[0]) -> Trace:
    steps = found["steps"]
    objects = columns(steps, found["subject"])
    rows = _rows(steps, objects)
    _add_orders(steps, rows)
    pair = _racing_pair(rows, found)
    if pair:
        later, earlier = sorted(pair, key=lambda row: row.number, reverse=True)
        later.races_with, earlier.races_with = earlier.number, later.number
        later.fails = True
    elif found["kind"] and rows:
        waiting = [row for row in rows if row.waits]
        stuck = "deadlock" in found["kind"] or "wake-up" in found["kind"]
        (waiting[-1] if stuck and waiting else rows[-1]).fails = True
    threads = max([found["threads"], *(row.thread + 1 for row in rows)])
    return Trace(threads, objects, rows[:most], max(len(rows) - most, 0))
