# SPDX-License-Identifier: MIT
"""Rows of a table as text, the first one as its head."""
from __future__ import annotations

from collections.abc import Sequence

from .terminal import Terminal


def aligned(rows: Sequence[tuple[str, ...]], right_from: int, terminal: Terminal) -> str:
    """Columns from `right_from` on end at the same place, those before begin there."""
    widths = [max(len(row[at]) for row in rows) for at in range(len(rows[0]))]
    lines = []
    for row in rows:
        cells = [f"{text:<{width}}" if at < right_from else f"{text:>{width}}"
                 for at, (text, width) in enumerate(zip(row, widths))]
        lines.append("   ".join(cells).rstrip())
    lines[0] = terminal.paint(lines[0], "bold")
    lines.insert(1, terminal.rule(sum(widths) + 3 * (len(widths) - 1)))
    return "\n".join(lines) + "\n"
