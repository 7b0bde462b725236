# SPDX-License-Identifier: MIT
"""What the terminal can show: width, colour, marks."""
from __future__ import annotations

import os
import re
import shutil
from dataclasses import dataclass
from typing import TextIO

_codes = {"red": "31;1", "green": "32", "yellow": "33", "bold": "1", "dim": "2", "cyan": "36"}
_escape = re.compile(r"\x1b\[[0-9;]*m")


@dataclass(frozen=True)
class Terminal:
    colour: bool
    unicode: bool
    width: int

    def paint(self, text: str, style: str) -> str:
        if not self.colour or not style or not text:
            return text
        return f"\x1b[{_codes[style]}m{text}\x1b[0m"

    def mark(self, verdict: str) -> str:
        pretty, plain = {"kept": ("✓", "+"), "inconclusive": ("?", "?"),
                         "skipped": ("‼", "!")}.get(verdict, ("✗", "X"))
        return pretty if self.unicode else plain

    def rule(self, width: int) -> str:
        return ("─" if self.unicode else "-") * width


def _wants_colour(stream: TextIO) -> bool:
    if os.environ.get("NO_COLOR"):
        return False
    if os.environ.get("CLICOLOR_FORCE", "0") != "0":
        return True
    return stream.isatty() and os.environ.get("TERM", "") not in ("", "dumb")


def terminal_of(stream: TextIO) -> Terminal:
    encoding = (getattr(stream, "encoding", None) or "ascii").lower()
    return Terminal(colour=_wants_colour(stream), unicode=encoding.replace("-", "") == "utf8",
                    width=shutil.get_terminal_size((140, 24)).columns)


def plain() -> Terminal:
    """For files: no colour."""
    return Terminal(colour=False, unicode=True, width=160)


def visible(text: str) -> int:
    """How many columns the text takes."""
    return len(_escape.sub("", text))
