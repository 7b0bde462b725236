# SPDX-License-Identifier: MIT
"""Which scenarios the user means, by id."""
from __future__ import annotations

import difflib
import fnmatch
from collections.abc import Sequence

from .build_tree import program_name
from .outcome import Problem


def _did_you_mean(word: str, ids: Sequence[str]) -> str:
    close = difflib.get_close_matches(word, ids, n=2, cutoff=0.6)
    if not close:
        names = {one.split("/")[-1]: one for one in ids}
        tail = word.split("/")[-1]
        close = [names[name] for name in difflib.get_close_matches(tail, names, n=2, cutoff=0.6)]
    return "did you mean " + " or ".join(close) + "?" if close else f"see: {program_name()} list"


def by_name(patterns: Sequence[str], ids: Sequence[str]) -> list[str]:
    """Named by id, bare name, family.name or glob; in the order of `ids`."""
    chosen: set[str] = set()
    for pattern in patterns:
        found = [one for one in ids
                 if any(fnmatch.fnmatchcase(name, pattern)
                        for name in (one, one.split("/")[-1], one.replace("/", ".")))]
        if not found and any(sign in pattern for sign in "*?["):
            raise Problem(f"no scenario matches '{pattern}'", f"see: {program_name()} list")
        if not found:
            raise Problem(f"unknown scenario '{pattern}'", _did_you_mean(pattern, ids))
        chosen.update(found)
    return [one for one in ids if one in chosen]


def one_by_name(word: str, ids: Sequence[str]) -> str:
    found = by_name([word], ids)
    if len(found) > 1:
        raise Problem(f"'{word}' means {len(found)} scenarios: {', '.join(found)}",
                      "name one of them")
    return found[0]


def chosen(patterns: Sequence[str], families: Sequence[str], ids: Sequence[str]) -> list[str]:
    """What both the names and the families leave; without either, everything."""
    known = list(dict.fromkeys(one.split("/")[0] for one in ids))
    for family in families:
        if family not in known:
            close = difflib.get_close_matches(family, known, n=1, cutoff=0.5)
            raise Problem(f"no scenario of the family '{family}'",
                          f"did you mean {close[0]}?" if close
                          else "the families here: " + ", ".join(known))
    named = by_name(patterns, ids) if patterns else list(ids)
    left = [one for one in named if not families or one.split("/")[0] in families]
    if not left:
        raise Problem(f"none of the scenarios named is of the family {', '.join(families)}",
                      "leave --family out")
    return left
