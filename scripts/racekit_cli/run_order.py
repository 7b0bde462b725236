# SPDX-License-Identifier: MIT
"""Which part of the runs, in which order, with which seed, how often."""
from __future__ import annotations

import argparse
import random
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from .outcome import VERDICT_CODES, Problem, worst
from .runs import Result, Run


@dataclass(frozen=True)
class Shard:
    number: int  # from 1
    of: int

    def part(self, runs: Sequence[Run]) -> list[Run]:
        """Every `of`-th run of each variant: long families and short ones, and as many racy runs as
        fixed ones, are in each part. The runs of a scenario alternate between its variants, so that
        every second run would be of one variant alone."""
        order = sorted(range(len(runs)), key=lambda at: (runs[at].variant, at))
        return [runs[at] for at in sorted(order[self.number - 1::self.of])]


def shard(text: str) -> Shard:
    """2/8: the second of eight parts."""
    number, slash, of = text.partition("/")
    if not (slash and number.isascii() and number.isdigit() and of.isascii() and of.isdigit()
            and 1 <= int(number) <= int(of) <= 1024):
        raise argparse.ArgumentTypeError("I/N is wanted, with I from 1 to N and N up to 1024, not "
                                         f"'{text}'")
    return Shard(int(number), int(of))


def seed_of_the_day() -> int:
    """20240131: the same all day everywhere (UTC)."""
    return int(time.strftime("%Y%m%d", time.gmtime()))


def taken(runs: Sequence[Run], part: Shard | None) -> list[Run]:
    if part is None:
        return list(runs)
    mine = part.part(runs)
    if not mine:
        raise Problem(f"shard {part.number}/{part.of} is empty: there are {len(runs)} runs",
                      f"use at most {len(runs)} shards")
    return mine


def shuffled(runs: Sequence[Run], seed: int) -> list[Run]:
    """The same order for the same seed."""
    mixed = list(runs)
    random.Random(seed).shuffle(mixed)
    return mixed


def merged(turns: Sequence[Sequence[Result]], first_seed: int) -> list[Result]:
    """Of several turns of the same runs: the worst result of each, and how often it was kept."""
    by_run: dict[Run, list[Result]] = {}
    for turn in turns:
        for one in turn:
            by_run.setdefault(one.run, []).append(one)
    if len(turns) == 1:
        return [all_[0] for all_ in by_run.values()]
    return [_worst_of(all_, first_seed) for all_ in by_run.values()]


def _worst_of(results: Sequence[Result], first_seed: int) -> Result:
    code = worst(one.word for one in results)
    chosen = next((one for one in results if VERDICT_CODES[one.word] == code
                   and one.word != "skipped"), results[0])
    kept = sum(one.word == "kept" for one in results)
    told = {"times": len(results), "kept": kept, "first_seed": first_seed}
    why = chosen.verdict["why"]
    if 0 < kept < len(results):
        why += f" (in {len(results) - kept} of {len(results)} turns)"
    return replace(chosen, verdict=dict(chosen.verdict, repeats=told, why=why))


def in_catalogue_order(results: Iterable[Result], runs: Sequence[Run]) -> list[Result]:
    place = {run: at for at, run in enumerate(runs)}
    return sorted(results, key=lambda one: place[one.run])
