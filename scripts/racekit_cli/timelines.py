# SPDX-License-Identifier: MIT
"""What ran when, of each way of running work: lanes of characters, and how much went on at once.

A lane is one worker, or one request. A character is what it did for the most of a column:
a digit or letter: it ran on that processor; +: it ran for a part of the column; -: it could run and
had no processor; .: it waited; a space: it had not begun, or was done.
"""
from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

Span = tuple[int, str, int, float, float]  # lane, state, processor, from, to

LEGEND = ("0 1 ...: runs on that processor; +: runs for a part of the column; -: could run and has "
          "no processor; .: waits; blank: not begun, or done")
certain = 0.001  # seconds: what is shorter may come from the recorder, which looks now and then
_a_part = 0.05   # of a column: to run less is not drawn
_digits = "0123456789abcdefghijklmnopqrstuvwxyz"


@dataclass(frozen=True)
class Timeline:
    work: str
    model: str
    processors: int
    seconds: float         # from the first begin to the last end
    in_progress: int       # the most at once
    at_once: int           # that ran at once, for a millisecond or longer
    average: float         # that ran at once
    lost: int              # spans that the recorder had no room for
    lanes: tuple[str, ...]

    def facts(self) -> str:
        where = "on one processor" if self.processors == 1 else f"on {self.processors} processors"
        lost = f"; {self.lost} spans were not recorded" if self.lost else ""
        return (f"{where}: {self.in_progress} in progress, {self.at_once} running at once "
                f"({self.average:.2f} on average), {1000 * self.seconds:.0f} ms{lost}")

    def head(self) -> str:
        return f"{self.model}, {self.facts()}"

    def told(self) -> dict[str, Any]:
        return asdict(self)


def read(file: Path) -> list[Timeline]:
    """Those that `told` wrote; none where there is no such file, or one of another form."""
    try:
        return [Timeline(**{**one, "lanes": tuple(one["lanes"])})
                for one in json.loads(file.read_text())]
    except (OSError, ValueError, TypeError, KeyError):
        return []


def _most(steps: Sequence[tuple[float, int]]) -> int:
    """The highest sum of steps (when, up or down); at one time down comes first."""
    now = most = 0
    for _, change in sorted(steps):
        now += change
        most = max(most, now)
    return most


def most_in_progress(spans: Sequence[Span]) -> int:
    begins: dict[int, float] = {}
    ends: dict[int, float] = {}
    for lane, _, _, begin, end in spans:
        begins[lane] = min(begin, begins.get(lane, begin))
        ends[lane] = max(end, ends.get(lane, end))
    return _most([(when, 1) for when in begins.values()] + [(when, -1) for when in ends.values()])


def most_at_once(spans: Sequence[Span]) -> int:
    """Processors that ran lanes at the same time, for at least as long as is certain."""
    runs = [span for span in spans if span[1] == "runs"]
    events = sorted([(begin, 1, processor) for _, _, processor, begin, _ in runs]
                    + [(end, -1, processor) for _, _, processor, _, end in runs])
    busy: dict[int, int] = {}
    since: dict[int, float] = {}  # since when at least so many processors are busy
    most = min(len(runs), 1)
    for when, change, processor in events:
        before = len(busy)
        busy[processor] = busy.get(processor, 0) + change
        if busy[processor] <= 0:
            del busy[processor]
        if len(busy) > before:
            since[len(busy)] = when
        elif len(busy) < before and when - since[before] >= certain:
            most = max(most, before)
    return most


def _column(shares: dict[str, float]) -> str:
    """What a lane did in a column: `shares` of it by state, those that run by processor."""
    runs = {key: share for key, share in shares.items() if key in _digits}
    others = {key: share for key, share in shares.items() if key not in runs}
    if sum(runs.values()) >= 0.5:
        return max(runs, key=lambda key: runs[key])
    if sum(runs.values()) >= _a_part:
        return "+"
    if sum(others.values()) < 0.5:
        return " "
    return max(others, key=lambda key: others[key])


def lanes_of(spans: Sequence[Span], columns: int) -> list[str]:
    """A line of that many characters for each lane."""
    first = min(begin for _, _, _, begin, _ in spans)
    width = (max(end for *_, end in spans) - first) / columns or 1
    shares: list[list[dict[str, float]]] = [
        [{} for _ in range(columns)] for _ in range(max(lane for lane, *_ in spans) + 1)]
    for lane, state, processor, begin, end in spans:
        sign = _digits[processor % len(_digits)] if state == "runs" else \
            {"ready": "-", "waits": "."}[state]
        for column in range(int((begin - first) / width), columns):
            left = first + column * width
            if left >= end:
                break
            share = (min(end, left + width) - max(begin, left)) / width
            shares[lane][column][sign] = shares[lane][column].get(sign, 0) + share
    return ["".join(map(_column, lane)) for lane in shares]


def timeline_of(work: str, model: str, processors: int, told: dict[str, Any],
                columns: int) -> Timeline:
    """Of what the program recorded."""
    spans: list[Span] = [tuple(one) for one in told["spans"]]
    seconds = max(end for *_, end in spans) - min(begin for _, _, _, begin, _ in spans)
    ran = sum(end - begin for _, state, _, begin, end in spans if state == "runs")
    return Timeline(work, model, processors, seconds, most_in_progress(spans),
                    most_at_once(spans), ran / seconds, told["lost"],
                    tuple(lanes_of(spans, columns)))
