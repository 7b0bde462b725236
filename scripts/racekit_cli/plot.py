# SPDX-License-Identifier: MIT
"""Bars as SVG: for each work a bar for each subject, its median, with a line from least to most."""
from __future__ import annotations

from collections.abc import Sequence
from xml.sax.saxutils import escape

from .ratios import LIMITS, OURS, Figure, Work

_name_width, _bar_width, _row, _head = 300, 420, 18, 34
_fill = {"ours": "#2b6cb0", "peer": "#a0aec0", "limit": "#e2b93b"}


def time_in_words(ns: float) -> str:
    for unit, size in (("s", 1e9), ("ms", 1e6), ("µs", 1e3)):
        if ns >= size:
            return f"{ns / size:.3g} {unit}"
    return f"{ns:.3g} ns"


def _kind(one: Figure) -> str:
    if one.subject.startswith(OURS):
        return "ours"
    return "limit" if one.subject.startswith(LIMITS) else "peer"


def _text(x: float, y: float, words: str, more: str = "") -> str:
    return f'<text x="{x:.0f}" y="{y:.0f}"{more}>{escape(words)}</text>'


def _chart(work: Work, top: int) -> tuple[list[str], int]:
    figures = sorted(work.figures.values(), key=lambda one: one.ns)
    # A subject that is far slower than the rest must not flatten them: its bar is cut, and says so.
    scale = _bar_width / min(figures[-1].ns, 8 * figures[0].ns)
    title = work.name + (f" ({work.cores} cores)" if work.cores else "")
    lines = [_text(8, top + 20, title, ' font-weight="bold"')]
    y = top + _head
    for one in figures:
        width = min(one.ns * scale, _bar_width)
        lines.append(_text(_name_width - 8, y + 13, one.subject, ' text-anchor="end"'))
        lines.append(f'<rect x="{_name_width}" y="{y + 2}" width="{max(width, 1):.1f}" '
                     f'height="{_row - 4}" fill="{_fill[_kind(one)]}"/>')
        left, right = (_name_width + min(each * scale, _bar_width)
                       for each in (one.least, one.most))
        lines.append(f'<line x1="{left:.1f}" x2="{right:.1f}" y1="{y + 9}" y2="{y + 9}" '
                     'stroke="#1a202c"/>')
        cut = " (cut)" if one.ns * scale > _bar_width else ""
        lines.append(_text(_name_width + _bar_width + 8, y + 13, time_in_words(one.ns) + cut))
        y += _row
    return lines, y + 10


def bars(family: str, works: Sequence[Work]) -> str:
    lines: list[str] = []
    y = 30
    for work in works:
        chart, y = _chart(work, y)
        lines += chart
    width = _name_width + _bar_width + 120
    head = (f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{y}" '
            f'viewBox="0 0 {width} {y}" font-family="sans-serif" font-size="12">')
    words = (f"{family}: time of one operation, median with least and most; shorter is faster. "
             "Blue: racekit. Yellow: a limit of the machine.")
    return "\n".join([head, '<rect width="100%" height="100%" fill="white"/>',
                      _text(8, 20, words), *lines, "</svg>"]) + "\n"
