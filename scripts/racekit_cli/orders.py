# SPDX-License-Identifier: MIT
"""The named memory orders of a primitive, read from its header, and what is weaker than each."""
from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from .outcome import Problem

_struct = re.compile(r"^struct (\w+_(?:orders|steps)) \{$")
_order = re.compile(r"^\s*static constexpr (?:auto|std::memory_order) (\w+) = "
                    r"std::memory_order_(\w+);\s*(?://\s*(.*))?$")
_marked = re.compile(r"^\s*static constexpr bool (\w+) = true;\s*(?://\s*(.*))?$")
_comment = re.compile(r"^\s*//\s*(.*)$")
_call = r"(\w+)\s*\((?:[^;()]|\([^;()]*\))*\borders::{name}\b"
_operation = re.compile(r"(?:\.|->)(load|store|exchange|fetch_\w+|compare_exchange_\w+)\(")
_partner = re.compile(r"->\s*(\w+)")

def weaker(order: str, below_seq_cst: str) -> tuple[str, ...]:
    """The orders one step weaker; that below seq_cst depends on what the operation does."""
    match order:
        case "acquire" | "release" | "consume":
            return ("relaxed",)
        case "acq_rel":
            return ("acquire", "release")
        case "seq_cst":
            return (below_seq_cst,)
    return ()


_READS = {"load", "await", "await_until", "await_briefly"}
_WRITES = {"store"}


@dataclass(frozen=True)
class Named:
    """One field of the struct: an order, or a marked step (`kind` is then 'step')."""
    name: str
    kind: str
    line: int
    reason: str


@dataclass(frozen=True)
class Mutant:
    name: str
    before: str
    after: str
    line: int


@dataclass(frozen=True)
class Orders:
    header: Path
    struct: str
    fields: tuple[Named, ...]
    text: str

    def complaints(self) -> Iterator[str]:
        """What the house asks of every order and this header does not have."""
        names = {one.name for one in self.fields}
        for one in self.fields:
            where = f"{self.header.name}:{one.line}: {one.name}"
            if not one.reason:
                yield f"{where} ({one.kind}) has no reason in a comment"
            elif one.kind not in ("relaxed", "step"):
                partner = _partner.search(one.reason)
                if not partner or partner[1] not in names:
                    yield f"{where} ({one.kind}) names no partner: // -> partner: what it carries"
        for number, line in enumerate(self.text.splitlines(), 1):
            if "memory_order_" in line and not _order.match(line):
                yield f"{self.header.name}:{number}: an order without a name"
        yield from unnamed(self.header, self.text)

    def mutants(self) -> Iterator[Mutant]:
        for one in self.fields:
            for after in self._weaker(one):
                yield Mutant(one.name, one.kind, after, one.line)

    def _weaker(self, one: Named) -> tuple[str, ...]:
        if one.kind == "step":
            return ("left out",)
        return weaker(one.kind, self._just_below_seq_cst(one) if one.kind == "seq_cst" else "")

    def _just_below_seq_cst(self, one: Named) -> str:
        """acq_rel, or the half of it that a load or a store can have."""
        calls = set(re.findall(_call.format(name=one.name), self.text + included(self.header)))
        reads, writes = calls & _READS, calls & _WRITES
        if reads and writes:
            raise Problem(f"{self.header.name}:{one.line}: {one.name} is both a load's and a "
                          "store's", "give each an order of its own")
        return "acquire" if reads else "release" if writes else "acq_rel"


def included(header: Path) -> str:
    """The text of the headers of the same folder that it includes: they use its orders too."""
    beside = re.findall(rf"#include <racekit/{header.parent.name}/(\w+\.hpp)>", header.read_text())
    return "".join((header.parent / name).read_text() for name in beside
                   if (header.parent / name).is_file())


def unnamed(header: Path, text: str) -> Iterator[str]:
    """Operations on atomics that leave their order to the default, which is seq_cst."""
    for call in _operation.finditer(text):
        depth, at = 1, call.end()
        while depth and at < len(text):
            depth += {"(": 1, ")": -1}.get(text[at], 0)
            at += 1
        if not re.search(r"\border", text[call.end():at]):
            line = text.count("\n", 0, call.start()) + 1
            yield f"{header.name}:{line}: {call[1]}() without a named order"


def read_orders(header: Path) -> list[Orders]:
    """The structs of orders, or of steps alone. A line in one that is neither an order, a marked
    step nor a comment is a mistake: it would go untested."""
    text = header.read_text()
    found: list[Orders] = []
    struct, fields, above = "", [], ""
    for number, line in enumerate(text.splitlines(), 1):
        if not struct:
            opening = _struct.match(line)
            if opening:
                struct, fields, above = opening[1], [], ""
        elif line.strip() == "};":
            found.append(Orders(header, struct, tuple(fields), text))
            struct = ""
        elif order := _order.match(line):
            # A comment above stands for all that follow it without one of their own.
            fields.append(Named(order[1], order[2], number, order[3] or above))
            above = "" if order[3] else above
        elif step := _marked.match(line):
            fields.append(Named(step[1], "step", number, step[2] or above))
        elif comment := _comment.match(line):
            above = comment[1]
        elif line.strip():
            raise Problem(f"{header.name}:{number}: neither an order, a marked step nor a comment",
                          f"{struct} holds nothing else")
    return found
