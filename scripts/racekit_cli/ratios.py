# SPDX-License-Identifier: MIT
"""Medians of what was measured, ours beside the peers', like with like."""
from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

from .measuring import Sample
from .outcome import INTERNAL, Problem

OURS = "racekit::"
fewest = 3  # rounds of a kind of cores that gets rows of its own
LIMITS = ("limit", "reference")  # so begin subjects that are limits of the machine, no peers


@dataclass(frozen=True)
class Figure:
    """One subject at one work."""
    subject: str
    ns: float
    least: float
    most: float
    count: int
    counters: dict[str, float]
    times: tuple[float, ...] = ()  # of each round


@dataclass(frozen=True)
class Work:
    """All subjects at one work, over the same rounds."""
    family: str
    name: str
    cores: str  # "near", "far": where threads meet; "" where one is alone
    figures: dict[str, Figure]

    @property
    def ours(self) -> list[Figure]:
        return [one for one in self.figures.values() if one.subject.startswith(OURS)]

    @property
    def peers(self) -> list[Figure]:
        """Fastest first; limits left out."""
        return sorted((one for one in self.figures.values()
                       if not one.subject.startswith((OURS, *LIMITS))), key=lambda one: one.ns)


def _like(samples: Sequence[Sample]) -> tuple[str, list[Sample]]:
    """Those of the kind of round that there is most of; a round in which the cores moved counts
    only if there is nothing else."""
    if all(one.threads == 1 for one in samples):
        return "", list(samples)
    kinds = Counter(one.conditions.cores for one in samples)
    kind = max(kinds, key=lambda each: (each != "moved", kinds[each]))
    return kind, [one for one in samples if one.conditions.cores == kind]


def _apart(samples: Sequence[Sample]) -> list[tuple[str, list[Sample]]]:
    """Near and far cores apart, the kind that there is most of first; another kind only if each
    subject has enough rounds for a median."""
    main = _like(samples)
    kinds = [main]
    for kind in ("near", "far"):
        alike = [one for one in samples if one.conditions.cores == kind]
        counts = Counter(one.subject for one in alike)
        subjects = {one.subject for one in main[1]}
        if main[0] and kind != main[0] and all(counts[one] >= fewest for one in subjects):
            kinds.append((kind, alike))
    return kinds


def _figure(subject: str, samples: Sequence[Sample]) -> Figure:
    times = [one.ns for one in samples]
    names = sorted({name for one in samples for name in one.counters})
    counters = {name: median(one.counters[name] for one in samples if name in one.counters)
                for name in names}
    return Figure(subject, median(times), min(times), max(times), len(times), counters,
                  tuple(times))


def works_of(family: str, samples: Sequence[Sample]) -> list[Work]:
    by_work: dict[str, list[Sample]] = {}
    for one in samples:
        by_work.setdefault(one.work, []).append(one)
    result = []
    for name, members in sorted(by_work.items()):
        for cores, alike in _apart(members):
            subjects = sorted({one.subject for one in alike})
            result.append(Work(family, name, cores, {
                subject: _figure(subject, [one for one in alike if one.subject == subject])
                for subject in subjects}))
    return result


@dataclass(frozen=True)
class Reached:
    """What ours came to beside a peer."""
    ratio: float  # peer's time / our time
    peer: str
    share: float  # of the poorest thread in a crowd, for each of the richest; 0: not asked for


@dataclass(frozen=True)
class Target:
    """A ratio that is required of ours: peer's time / our time."""
    family: str
    work: str
    ours: str
    peer: str      # a subject, "best", or "best bounded"
    required: float
    missed: str    # why it is not reached, where that is known
    share: float = 0

    def met(self, by: Reached) -> bool:
        return by.ratio >= self.required and by.share >= self.share

    def reached(self, works: Sequence[Work]) -> Reached | None:
        """Nothing where it was not measured."""
        for one in works:
            if (one.family, one.name) != (self.family, self.work) or self.ours not in one.figures:
                continue
            peer = one.figures.get(self.peer)
            if self.peer.startswith("best"):
                peer = next((each for each in one.peers
                             if self.peer == "best" or "(unbounded)" not in each.subject), None)
            if peer is None:
                return None
            ours = one.figures[self.ours]
            share = ours.counters.get("share", 0.0) if self.share else 0.0
            return Reached(peer.ns / ours.ns, peer.subject, share)
        return None


def targets_in(file: Path) -> list[Target]:
    if not file.is_file():
        return []
    try:
        told: list[dict[str, Any]] = json.loads(file.read_text())
        return [Target(one["family"], one["work"], one["ours"], one["peer"],
                       float(one["required"]), one.get("missed", ""), float(one.get("share", 0)))
                for one in told]
    except (ValueError, KeyError, TypeError) as broken:
        raise Problem(f"{file} cannot be read ({broken})", "", INTERNAL) from broken
