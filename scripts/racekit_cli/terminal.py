# SPDX-License-Identifier: MIT
"""What the terminal can show: width, colour, marks."""
from __future__ import annotations

import os
import re
import shutil
import textwrap
from dataclasses import dataclass
from typing import TextIO

_codes = {"red": "31;1", "green": "32", "yellow": "33", "bold": "1", "dim": "2", "cyan": "36"}
piped_width = 100  # where there is no terminal and no $COLUMNS
_word = re.compile(r"(?:'[^']*'|[^ '])+")
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
        return ("─" if self.unicode else "-") * min(width, self.width)

    def wrapped(self, text: str, style: str = "", hang: int = 4) -> list[str]:
        """The lines of one paragraph, none wider than the terminal where its words allow it; all
        but the first are indented as the text is, and `hang` columns more."""
        lead = text[:len(text) - len(text.lstrip(" "))]
        lines = textwrap.wrap(text.strip(), max(self.width, 20), initial_indent=lead,
                              subsequent_indent=lead + " " * hang, break_long_words=False,
                              break_on_hyphens=False)
        return [self.paint(line, style) for line in lines or [""]]

    def verbatim(self, line: str, hang: int = 8) -> list[str]:
        """A line of a drawing or of code: left as it is where it fits, else cut into pieces."""
        if len(line) <= self.width:
            return [line]
        lead = " " * (len(line) - len(line.lstrip(" ")) + hang)
        if 2 * len(lead) > self.width:
            lead = " " * hang
        pieces = [line[:self._cut(line, self.width)]]
        rest = line[len(pieces[0]):].lstrip(" ")
        while rest:
            at = self._cut(rest, self.width - len(lead))
            pieces.append(lead + rest[:at].rstrip())
            rest = rest[at:].lstrip(" ")
        return [piece.rstrip() for piece in pieces]

    @staticmethod
    def _cut(line: str, width: int) -> int:
        """Where to cut: after the last space that leaves something in front, else at the width."""
        if len(line) <= width:
            return len(line)
        space = line.rfind(" ", 0, width + 1)
        return space if line[:max(space, 0)].strip() else width

    def command(self, lead: str, command: str) -> list[str]:
        """A command to copy: it goes on after a backslash where it is too long."""
        if len(lead) + len(command) <= self.width:
            return [lead + command]
        first, *words = _word.findall(command)
        lines = [lead + first]
        for word in words:
            if len(lines[-1]) + len(word) + 3 <= self.width:
                lines[-1] += " " + word
            else:
                lines[-1] += " \\"
                lines.append(" " * (len(lead) - len(lead.lstrip(" ")) + 4) + word)
        return lines


def _wants_colour(stream: TextIO) -> bool:
    if os.environ.get("NO_COLOR"):
        return False
    if os.environ.get("CLICOLOR_FORCE", "0") != "0":
        return True
    return stream.isatty() and os.environ.get("TERM", "") not in ("", "dumb")


def terminal_of(stream: TextIO) -> Terminal:
    encoding = (getattr(stream, "encoding", None) or "ascii").lower()
    return Terminal(colour=_wants_colour(stream), unicode=encoding.replace("-", "") == "utf8",
                    width=shutil.get_terminal_size((piped_width, 24)).columns)


def plain() -> Terminal:
    """For files: no colour, and lines as long as they are."""
    return Terminal(colour=False, unicode=True, width=10_000)


def visible(text: str) -> int:
    """How many columns the text takes."""
    return len(_escape.sub("", text))
