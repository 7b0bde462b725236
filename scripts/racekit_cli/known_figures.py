# SPDX-License-Identifier: MIT
"""What was measured: by the last bench of this build, else the published table."""
from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .build_tree import HOME
from .measuring import Conditions, Sample
from .outcome import INTERNAL, Problem
from .plot import time_in_words
from .ratios import works_of

PUBLISHED = HOME / "tests" / "bench" / "README.md"
_columns = re.compile(r"\s{3,}")


@dataclass(frozen=True)
class Known:
    time: str    # of one operation
    peer: str
    peers_time: str
    cores: str   # near, far, or -
    where: str   # whose figure it is


def parse_samples(told: list[dict[str, Any]]) -> list[Sample]:
    return [Sample(one["work"], one["subject"], one["ns"], one["threads"], one["round"],
                   Conditions(**one["conditions"]), one.get("counters", {})) for one in told]


def samples_in(file: Path) -> list[Sample]:
    """As racekit bench wrote them."""
    try:
        return parse_samples(json.loads(file.read_text()))
    except (OSError, ValueError, KeyError, TypeError) as broken:
        raise Problem(f"{file} cannot be read ({broken})", "measure again: racekit bench",
                      INTERNAL) from broken


def _measured_here(folder: Path, family: str, work: str, subject: str) -> Known | None:
    file = folder / "bench" / f"{family}.json"
    if not file.is_file():
        return None
    for one in works_of(family, samples_in(file)):
        if one.name == work and subject in one.figures:
            peer = one.peers[0] if one.peers else None
            return Known(time_in_words(one.figures[subject].ns), peer.subject if peer else "",
                         time_in_words(peer.ns) if peer else "", one.cores or "-",
                         "measured on this machine")
    return None


def _published(family: str, work: str, subject: str, file: Path) -> Known | None:
    if not file.is_file():
        return None
    text = file.read_text()
    machine = re.search(r"^`scripts/racekit bench` on (.*)\.$", text, re.MULTILINE)
    for line in text.splitlines():
        cells = _columns.split(line.strip())
        if len(cells) >= 8 and cells[:3] == [family, work, subject]:
            return Known(cells[4], cells[3], cells[5], cells[7],
                         f"published, on {machine[1]}" if machine else "published")
    return None


def published_model(work: str, model: str, file: Path = PUBLISHED) -> str:
    """What `bench --models` measured of a way of running work, as the page has it: its rate or
    time, and how it compares with sequential. `work`: the begin of the table's title."""
    inside = False
    for line in file.read_text().splitlines() if file.is_file() else []:
        cells = _columns.split(line.strip())
        if line.startswith(work):
            inside = True
        elif inside and cells[0] == "C++" and cells[1] == model:
            amount = cells[2].partition(" [")[0]
            return amount if cells[3] == "-" else f"{amount} ({cells[3]} sequential)"
        elif not line.strip():
            inside = False
    return ""


def known(folder: Path, family: str, work: str, subject: str,
          published: Path = PUBLISHED) -> Known | None:
    return (_measured_here(folder, family, work, subject)
            or _published(family, work, subject, published))
