# SPDX-License-Identifier: MIT
"""Pieces of HTML."""
from __future__ import annotations

import html
import json
from collections.abc import Iterable, Sequence
from typing import Any


def text(words: object) -> str:
    return html.escape(str(words), quote=False)


def tag(name: str, inside: str = "", **attributes: object) -> str:
    """An element; `class_` is class, `data_x` data-x. Attributes of None or False are left out."""
    parts = [name]
    for key, value in attributes.items():
        if value is None or value is False:
            continue
        key = key.rstrip("_").replace("_", "-")
        parts.append(key if value is True else f'{key}="{html.escape(str(value))}"')
    return f"<{' '.join(parts)}>{inside}</{name}>"


def cells(kind: str, words: Iterable[str]) -> str:
    return "".join(tag(kind, word) for word in words)


def table(head: Sequence[str], rows: Iterable[Sequence[str]], caption: str = "",
          **attributes: object) -> str:
    """Cells are HTML already."""
    inside = tag("caption", text(caption)) if caption else ""
    inside += tag("thead", tag("tr", "".join(tag("th", one, scope="col") for one in head)))
    inside += tag("tbody", "".join(tag("tr", cells("td", row)) for row in rows))
    return tag("div", tag("table", inside, **attributes), class_="wide")


def command(words: str) -> str:
    return tag("code", text(words), class_="command")


def data(name: str, value: Any) -> str:
    """JSON that a script reads. No text in it can end the element."""
    said = json.dumps(value, separators=(",", ":"), ensure_ascii=False)
    for sign, escaped in (("<", "\\u003c"), (">", "\\u003e"), ("&", "\\u0026")):
        said = said.replace(sign, escaped)
    return f'<script type="application/json" id="{name}">{said}</script>'


def anchor(scenario: str) -> str:
    return scenario.replace("/", ".")
