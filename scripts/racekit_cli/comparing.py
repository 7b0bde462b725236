# SPDX-License-Identifier: MIT
"""Two measurements compared: which work became slower or faster, beyond the noise.

For each work the samples of like cores are compared by the rank-sum test of Mann and Whitney, two
sided; Holm's correction keeps the chance of any false alarm below 5 % over all works together. The
interval of the ratio is the one that belongs to the test (Hodges and Lehmann). What happened to the
peers, whose code is the same in both, is the drift of the machine and is divided out.
"""
from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from statistics import NormalDist, median

from .measuring import Sample
from .ratios import LIMITS, OURS

chance = 0.05        # of any false alarm
least_change = 0.03  # a smaller one is no regression, however sure
fewest = 5           # samples on each side
_group = tuple[str, str, str]  # work, subject, cores


@dataclass(frozen=True)
class Change:
    work: str
    subject: str
    cores: str
    ratio: float  # time after / time before, without the drift of the machine
    low: float    # of the 95 % interval
    high: float
    p: float      # two-sided, corrected
    word: str = "same"  # slower, faster, same


@dataclass(frozen=True)
class Comparison:
    changes: list[Change]
    drift: float          # of the peers: time after / time before
    left_out: list[str]   # works that cannot be compared, with the reason

    @property
    def slower(self) -> list[Change]:
        return [one for one in self.changes if one.word == "slower"]


def p_value(before: Sequence[float], after: Sequence[float]) -> float:
    """Two-sided, of the rank-sum test: exact without ties, else by the normal approximation."""
    n, m = len(before), len(after)
    below = sum((x < y) + 0.5 * (x == y) for x in before for y in after)
    if len({*before, *after}) == n + m and n * m <= 900:
        return _exact(n, m, below)
    everything = [*before, *after]
    ties = sum(count**3 - count for count in (everything.count(one) for one in set(everything)))
    total = n + m
    spread = math.sqrt(n * m / 12 * (total + 1 - ties / (total * (total - 1))))
    if spread == 0:
        return 1.0
    distance = max(abs(below - n * m / 2) - 0.5, 0)
    return min(1.0, 2 * NormalDist().cdf(-distance / spread))


def _exact(n: int, m: int, below: float) -> float:
    """By the number of orders of n and m samples with each rank sum."""
    ways = [[1] + [0] * (n * m) for _ in range(n + 1)]
    for i in range(1, n + 1):
        ways[i] = [1 if u == 0 else 0 for u in range(n * m + 1)]
    for j in range(1, m + 1):
        for i in range(1, n + 1):
            # The largest sample is one of the first i, with all j below it, or one of the j.
            ways[i] = [(ways[i - 1][u - j] if u >= j else 0) + ways[i][u]
                       for u in range(n * m + 1)]
    counts = ways[n]
    u = int(min(below, n * m - below))
    return min(1.0, 2 * sum(counts[:u + 1]) / sum(counts))


def interval(before: Sequence[float], after: Sequence[float]) -> tuple[float, float, float]:
    """The ratio after / before, and its 95 % interval: of all pairs, in order."""
    ratios = sorted(y / x for x in before for y in after)
    n, m = len(before), len(after)
    spread = NormalDist().inv_cdf(0.975) * math.sqrt(n * m * (n + m + 1) / 12)
    cut = max(int(n * m / 2 - spread), 0)
    return median(ratios), ratios[cut], ratios[-1 - cut]


def holm(values: Sequence[float]) -> list[float]:
    """Corrected for the number of tests, in the order given."""
    ranked = sorted(range(len(values)), key=lambda at: values[at])
    corrected = [1.0] * len(values)
    least = 0.0
    for rank, at in enumerate(ranked):
        least = max(least, min(1.0, (len(values) - rank) * values[at]))
        corrected[at] = least
    return corrected


def _grouped(samples: Sequence[Sample]) -> dict[_group, list[float]]:
    groups: dict[_group, list[float]] = {}
    for one in samples:
        cores = "" if one.threads == 1 else one.conditions.cores
        if cores != "moved":
            groups.setdefault((one.work, one.subject, cores), []).append(one.ns)
    return groups


def _left_out(before: dict[_group, list[float]], after: dict[_group, list[float]]) -> list[str]:
    lines = []
    for work, subject in dict.fromkeys((key[0], key[1]) for key in [*before, *after]):
        sides = [sorted(cores for (one, other, cores), times in side.items()
                        if (one, other) == (work, subject) and len(times) >= fewest)
                 for side in (before, after)]
        if set(sides[0]) & set(sides[1]):
            continue
        kinds = [", ".join(one or "one thread" for one in side) or f"fewer than {fewest} samples"
                 for side in sides]
        lines.append(f"{work}, {subject}: {kinds[0]} before, {kinds[1]} after")
    return lines


def compare(before: Sequence[Sample], after: Sequence[Sample]) -> Comparison:
    """Of racekit's own subjects; the peers measure the drift."""
    first, second = _grouped(before), _grouped(after)
    both = [key for key in first if key in second and len(first[key]) >= fewest
            and len(second[key]) >= fewest]
    drift, doubt = drift_of([median(second[key]) / median(first[key]) for key in both
                             if not key[1].startswith((OURS, *LIMITS))])
    ours = [key for key in both if key[1].startswith(OURS)]
    adjusted = {key: [one / drift for one in second[key]] for key in ours}
    chances = holm([p_value(first[key], adjusted[key]) for key in ours])
    changes = [_judged(Change(*key, *interval(first[key], adjusted[key]), p), doubt)
               for key, p in zip(ours, chances)]
    return Comparison(changes, drift, _left_out(
        {key: one for key, one in first.items() if key[1].startswith(OURS)},
        {key: one for key, one in second.items() if key[1].startswith(OURS)}))


def drift_of(ratios: Sequence[float]) -> tuple[float, float]:
    """The drift of the machine by its peers, and how far off that may be: twice the standard error
    of a median. Fewer than three peers say nothing."""
    if len(ratios) < 3:
        return 1.0, 0.0
    middle = median(ratios)
    deviation = 1.4826 * median(abs(one - middle) for one in ratios)
    return middle, 2 * 1.2533 * deviation / math.sqrt(len(ratios)) / middle


def _judged(one: Change, doubt: float) -> Change:
    sure = one.p < chance
    if sure and one.ratio > 1 + least_change and one.low > 1 + doubt:
        return replace(one, word="slower")
    if sure and one.ratio < 1 - least_change and one.high < 1 - doubt:
        return replace(one, word="faster")
    return one
