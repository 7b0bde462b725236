# SPDX-License-Identifier: MIT
"""The ladder: what each way of sharing costs here, from an atomic to a server, beside the limit of
the machine and the same in Python."""
from __future__ import annotations

import json
import re
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from . import child
from .plot import time_in_words
from .ratios import Work

_python = Path(__file__).with_name("ladder_python.py")
_place = tuple[str, str, str]  # family, work, subject


@dataclass(frozen=True)
class Rung:
    words: str
    alone: _place | None     # nobody else wants it
    together: _place | None  # another thread or process does, or is at the other end
    limit: _place | None     # what the machine itself takes
    python: str = ""         # of ladder_python, and with " together"

    @property
    def places(self) -> list[_place]:
        return [one for one in (self.alone, self.together, self.limit) if one]


_line = ("ladder", "ping_pong", "limit cache line")
RUNGS = (
    Rung("atomic: add", ("ladder", "atomic_add_alone", "std::atomic"),
         ("ladder", "atomic_add_together/threads:2", "std::atomic"), _line),
    Rung("lock: lock and unlock", ("lock", "mutex_alone", "racekit::mutex"),
         ("lock", "mutex_tight/threads:2", "racekit::mutex"),
         ("lock", "mutex_alone", "reference::cas_and_exchange"), "lock"),
    Rung("seqlock: read 64 bytes", ("lock", "copy_64_bytes", "racekit::seqlock"), None,
         ("ladder", "copy_64_bytes", "limit memcpy")),
    Rung("queue: hand an item over",
         ("queue", "mpmc_one_thread/1024/threads:1", "racekit::mpmc_queue"),
         ("queue", "mpmc_stream/1024/threads:2", "racekit::mpmc_queue"), _line, "queue"),
    Rung("queue: there and back", None,
         ("queue", "blocking_round_trip/1024/threads:2", "racekit::blocking_queue"), _line,
         "queue round trip"),
    Rung("shared value of processes: add", ("shared", "add_alone", "racekit::shared_value"),
         ("shared", "add_2_processes", "racekit::shared_value"), _line, "shared value"),
    Rung("queue of processes: hand an item over", None,
         ("shared", "queue_int", "racekit::shared_queue"), _line, "process queue"),
    Rung("ring of processes: there and back", None,
         ("pipe", "round_trip/64", "racekit::ring_pipe"), _line),
    Rung("pipe: there and back", None, ("pipe", "round_trip/64", "racekit::pipe"),
         ("ladder", "ping_pong", "limit socketpair"), "pipe round trip"),
    Rung("server over a unix socket: one call", None,
         ("server", "round_trip", "racekit::proxy"),
         ("ladder", "ping_pong", "limit socketpair"), "server"),
    Rung("server over TCP: one call", None, None, ("ladder", "ping_pong", "limit tcp loopback"),
         "server over tcp"),
)


def filters() -> dict[str, str]:
    """For each family, the expression that selects what the rungs need of it."""
    names: dict[str, list[str]] = {}
    for rung in RUNGS:
        for family, work, subject in rung.places:
            first, *rest = work.split("/")
            name = "/".join([first, subject, *rest])
            wanted = re.escape(name).replace(r"\ ", " ")
            wanted = wanted.replace("/threads", "(/[a-z_]+)*/threads")
            names.setdefault(family, []).append(f"^{wanted}(/[a-z_]*time)?$")
    return {family: "|".join(dict.fromkeys(one)) for family, one in names.items()}


def measure_python() -> tuple[dict[str, float], str]:
    """Nanoseconds by rung, and why there are none."""
    ended = child.run([sys.executable, str(_python)], 120)
    if ended.code != 0:
        return {}, ended.last_words or f"exit code {ended.code}"
    try:
        return json.loads(ended.stdout), ""
    except ValueError as broken:
        return {}, str(broken)


def figures_of(works: Sequence[Work]) -> Callable[[_place | None], str]:
    known = {(one.family, one.name, subject): figure.ns for one in reversed(works)
             for subject, figure in one.figures.items()}

    def words(place: _place | None) -> str:
        if place is None:
            return "-"
        return time_in_words(known[place]) if place in known else "not built"

    return words


def rows(works: Sequence[Work], python: dict[str, float]) -> list[tuple[str, ...]]:
    of = figures_of(works)

    def in_python(name: str) -> str:
        return time_in_words(python[name]) if name in python else "-"

    lines = [("way of sharing", "alone", "with another", "limit", "of what", "python",
              "with another")]
    for one in RUNGS:
        limit = one.limit[2].removeprefix("limit ").removeprefix("reference::") if one.limit else ""
        round_trip = one.alone is None
        lines.append((one.words, of(one.alone), of(one.together), of(one.limit), limit,
                      "-" if round_trip else in_python(one.python),
                      in_python(one.python if round_trip else one.python + " together")))
    return lines
