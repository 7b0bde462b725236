"""Which scenarios the user means."""
from __future__ import annotations

import difflib
import fnmatch
from collections.abc import Sequence

from .catalogue import Scenario
from .outcome import Problem


def _did_you_mean(word: str, known: Sequence[str]) -> str:
    close = difflib.get_close_matches(word, known, n=2, cutoff=0.5)
    if not close and "/" not in word:
        names = {one.split("/")[-1]: one for one in known}
        close = [names[name] for name in difflib.get_close_matches(word, names, n=2, cutoff=0.5)]
    return "did you mean " + " or ".join(close) + "?" if close else "see: scripts/racekit list"


def _matching(pattern: str, scenarios: Sequence[Scenario]) -> list[Scenario]:
    return [one for one in scenarios
            if any(fnmatch.fnmatchcase(name, pattern)
                   for name in (one.id, one.name, f"{one.family}.{one.name}"))]


def by_name(patterns: Sequence[str], scenarios: Sequence[Scenario]) -> list[Scenario]:
    """Scenarios named by id, bare name or glob, in the catalogue's order."""
    chosen: set[str] = set()
    for pattern in patterns:
        found = _matching(pattern, scenarios)
        if not found:
            glob = any(sign in pattern for sign in "*?[")
            hint = "" if glob else _did_you_mean(pattern, [one.id for one in scenarios])
            raise Problem(f"no scenario matches '{pattern}'" if glob
                          else f"unknown scenario '{pattern}'",
                          hint or "see: scripts/racekit list")
        chosen.update(one.id for one in found)
    return [one for one in scenarios if one.id in chosen]


def one_by_name(word: str, scenarios: Sequence[Scenario]) -> Scenario:
    found = by_name([word], scenarios)
    if len(found) > 1:
        raise Problem(f"'{word}' means {len(found)} scenarios: "
                      + ", ".join(one.id for one in found), "name one of them")
    return found[0]


def by_family(families: Sequence[str], scenarios: Sequence[Scenario]) -> list[Scenario]:
    known = sorted({one.family for one in scenarios})
    for family in families:
        if family not in known:
            close = difflib.get_close_matches(family, known, n=1, cutoff=0.5)
            raise Problem(f"no scenario of the family '{family}'",
                          f"did you mean {close[0]}?" if close
                          else "the families here: " + ", ".join(known))
    return [one for one in scenarios if not families or one.family in families]
