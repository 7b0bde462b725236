# SPDX-License-Identifier: MIT
"""Lanes of characters, a character for each column of time: read as text, coloured by the page."""
from __future__ import annotations

import itertools
from collections.abc import Sequence

from ..timelines import LEGEND, Timeline
from .markup import tag, text
from .traces import Trace

_kinds = {"-": "", ".": "w", "+": "p", " ": "", "^": "e"}  # all others run
TRACE_LEGEND = ("Time goes to the right: a place for each row below. #: runs; -: could run; "
                ".: blocked; blank: done")
_wide = 72  # characters that a short lane fills


def drawn(lanes: Sequence[tuple[str, str]], **attributes: object) -> str:
    """Lanes with their names."""
    width = max(len(name) for name, _ in lanes) + 1
    lines = []
    for name, lane in lanes:
        runs = ["".join(run) for _, run in itertools.groupby(lane)]
        lines.append(text(name.ljust(width)) + "".join(
            tag("i", text(run), class_=kind) if (kind := _kinds.get(run[0], "r")) else run
            for run in runs).rstrip())
    return tag("pre", "\n".join(lines), class_="lanes-drawn", tabindex=0, data_name=width,
               **attributes)


def _lane(trace: Trace, thread: int) -> str:
    mine = [at for at, row in enumerate(trace.rows) if row.thread == thread]
    signs = []
    sign = "-"
    for at, row in enumerate(trace.rows):
        if row.thread == thread:
            sign = "." if row.waits else "-"
            signs.append("." if row.waits else "#")
        else:
            is_done = not mine or (at > mine[-1] and sign != ".")
            signs.append(" " if is_done and not trace.left_out else sign)
    return "".join(signs)


def of_trace(trace: Trace) -> str:
    lanes = [(f"thread {thread}", _lane(trace, thread)) for thread in range(trace.threads)]
    each = max(1, min(4, _wide // max(len(trace.rows), 1)))  # characters of a row
    marked = "".join("^" if row.fails or row.races_with else " " for row in trace.rows)
    if marked.strip():
        lanes.append(("race" if any(row.races_with for row in trace.rows) else "fails", marked))
    widened = [(name, "".join(sign * each for sign in lane)) for name, lane in lanes]
    return (drawn(widened, data_each=each)
            + tag("p", TRACE_LEGEND, class_="quiet lanes-legend"))


def of_models(timelines: Sequence[Timeline], title_of: dict[str, str]) -> str:
    """The view of what each way of running work does."""
    if not timelines:
        return ""
    parts = [tag("h2", "Timelines"), tag("p", text(
        "What each worker or request did when, once on all processors and once on one. In progress "
        "at once is concurrency, running at once is parallelism. racekit bench --models --timeline "
        "draws them.")), tag("p", text(LEGEND + "."), class_="quiet")]
    for work, group in itertools.groupby(timelines, lambda one: one.work):
        parts.append(tag("h3", text(title_of.get(work, work))))
        for model, both in itertools.groupby(group, lambda one: one.model):
            parts.append(tag("h4", text(model)))
            inside = "".join(tag("div", tag("p", text(one.facts())) + drawn(
                [(str(number), lane) for number, lane in enumerate(one.lanes, 1)])) for one in both)
            parts.append(tag("div", inside, class_="pairs"))
    return tag("section", "".join(parts), id="timelines", class_="view")
