# SPDX-License-Identifier: MIT
"""Exit codes, the words of verdicts, and which of several is worst."""
from __future__ import annotations

from collections.abc import Iterable

KEPT = 0
BROKEN = 1
USAGE = 2
INCONCLUSIVE = 3
HANG = 4
INTERNAL = 70

VERDICT_CODES = {
    "kept": KEPT,
    "skipped": KEPT,
    "broken": BROKEN,
    "inconclusive": INCONCLUSIVE,
    "hang": HANG,
    "failed": INTERNAL,
}

_worst_first = (INTERNAL, HANG, BROKEN, INCONCLUSIVE, KEPT)


class Problem(Exception):
    """One line for the user: what is wrong and where; what to do next."""

    def __init__(self, what: str, hint: str = "", code: int = USAGE) -> None:
        super().__init__(what)
        self.hint = hint
        self.code = code


def worst(verdicts: Iterable[str]) -> int:
    """The exit code of a whole run. A run in which everything was skipped says nothing."""
    words = list(verdicts)
    if words and all(word == "skipped" for word in words):
        return INCONCLUSIVE
    codes = {VERDICT_CODES.get(word, INTERNAL) for word in words}
    return next((code for code in _worst_first if code in codes), KEPT)
