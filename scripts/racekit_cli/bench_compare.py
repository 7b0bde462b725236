# SPDX-License-Identifier: MIT
"""What racekit bench says of two measurements."""
from __future__ import annotations

from collections.abc import Sequence

from .comparing import Change, Comparison
from .measuring import Sample
from .outcome import BROKEN, INCONCLUSIVE, KEPT
from .terminal import Terminal

most_foreign = 0.25  # share of the machine that others may use in a round that counts


def quiet(samples: Sequence[Sample]) -> list[Sample]:
    """Those of rounds in which the machine was racekit's own."""
    return [one for one in samples if one.conditions.others <= most_foreign]


def _row(one: Change, terminal: Terminal) -> str:
    mark = {"slower": "broken", "faster": "kept"}.get(one.word, "kept")
    words = f"{one.ratio:.2f} x [{one.low:.2f}, {one.high:.2f}]"
    return (f"{terminal.mark(mark)} {one.word:<7} {words:<24} {one.work}, {one.subject}"
            + (f", {one.cores}" if one.cores else ""))


def lines_of(told: Comparison, names: tuple[str, str], every: bool,
             terminal: Terminal) -> list[str]:
    """Time of the second for each of the first, without drift; more than 1 is slower."""
    shown = [one for one in told.changes if every or one.word != "same"]
    lines = [_row(one, terminal) for one in sorted(shown, key=lambda one: -one.ratio)]
    ties = sum(one.word == "same" for one in told.changes)
    lines.append(f"{names[1]} compared with {names[0]}: {len(told.slower)} slower, "
                 f"{sum(one.word == 'faster' for one in told.changes)} faster, {ties} tied "
                 "within the noise")
    lines.append(f"drift of the machine, by the peers: {told.drift:.2f} x, divided out; "
                 "brackets: 95 % interval, two-sided")
    lines += [f"not compared: {line}" for line in told.left_out]
    return [piece for line in lines for piece in terminal.wrapped(line)]


def code_of(told: Comparison) -> int:
    if told.slower:
        return BROKEN
    return KEPT if told.changes else INCONCLUSIVE
