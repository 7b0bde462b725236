# SPDX-License-Identifier: MIT
"""Pieces of HTML."""
from __future__ import annotations

import base64
import html
import json
import re
import zlib
from collections.abc import Iterable, Sequence
from typing import Any


def text(words: object) -> str:
    return html.escape(str(words), quote=False)


_ends_by_itself = {"td", "th", "tr", "thead", "tbody", "li"}  # HTML needs no end tag of these
_bare = re.compile(r"[\w.:/%-]+", re.ASCII)                    # an attribute without quotes


def tag(name: str, inside: str = "", **attributes: object) -> str:
    """An element; `class_` is class, `data_x` data-x. Attributes of None or False are left out."""
    parts = [name]
    for key, value in attributes.items():
        if value is None or value is False:
            continue
        key = key.rstrip("_").replace("_", "-")
        if value is True:
            parts.append(key)
        elif _bare.fullmatch(str(value)):
            parts.append(f"{key}={value}")
        else:
            parts.append(f'{key}="{html.escape(str(value))}"')
    end = "" if name in _ends_by_itself else f"</{name}>"
    return f"<{' '.join(parts)}>{inside}{end}"


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


def packed(value: Any) -> str:
    """JSON, compressed, as text. Only for what a script reads."""
    said = json.dumps(value, separators=(",", ":"), ensure_ascii=False)
    return base64.b64encode(zlib.compress(said.encode(), 9)).decode()


def unpacked(said: str) -> Any:
    return json.loads(zlib.decompress(base64.b64decode(said)))


def data(name: str, value: Any) -> str:
    """What a script reads."""
    return f'<script type="text/plain" id="{name}">{packed(value)}</script>'


def anchor(scenario: str) -> str:
    return scenario.replace("/", ".")
