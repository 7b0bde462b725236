# SPDX-License-Identifier: MIT
"""Which primitives have mutation clients, and the program that plays the mutants of each."""
from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .orders import Mutant, Orders, read_orders, unnamed
from .outcome import Problem

_beyond = re.compile(r"^// beyond (\w+): (.*(?:\n//   .*)*)$", re.MULTILINE)


@dataclass(frozen=True)
class Primitive:
    orders: Orders
    clients: Path  # tests/mutation/<header's name>.hpp, which may be missing

    @property
    def name(self) -> str:
        return self.orders.header.stem

    @property
    def family(self) -> str:
        return self.orders.header.parent.name

    @property
    def id(self) -> str:
        return f"{self.family}/{self.name}"

    @property
    def target(self) -> str:
        return f"mutation.{self.name}"

    def pairs(self) -> list[str]:
        """Ids of the scenarios in which one order is weakened or one step left out; as their
        program (tests/mutation/pairs.cpp) names them."""
        mutants = list(self.orders.mutants())
        times = Counter(one.name for one in mutants)
        return [f"{self.id}.{one.name}" + (f".{one.after}" if times[one.name] > 1 else "")
                for one in mutants]

    def complaints(self) -> Iterator[str]:
        """What the house asks of a primitive that names orders, and this one does not have."""
        if not self.clients.is_file():
            yield f"{self.id} has no mutation clients: write tests/mutation/{self.clients.name}"
        yield from self.orders.complaints()

    def beyond(self) -> dict[str, str]:
        """Orders that no execution of the engine can show to be needed, each with its reason."""
        return {name: re.sub(r"\n//\s*", " ", reason)
                for name, reason in _beyond.findall(self.clients.read_text())}


def headers(top: Path) -> Iterator[Path]:
    """Those of the primitives; the platform has no orders of its own."""
    for header in sorted((top / "primitives" / "racekit").glob("*/*.hpp")):
        if header.parent.name != "platform":
            yield header


def all_primitives(top: Path) -> list[Primitive]:
    """Every primitive that names orders, with clients or without."""
    return [one for header in headers(top) for one in primitives_of(header, top)]


def nameless(top: Path) -> Iterator[str]:
    """Complaints about headers that use atomics and have no struct of orders at all."""
    for header in headers(top):
        text = header.read_text()
        if not read_orders(header):
            yield from unnamed(header, text)
            if "memory_order_" in text:
                yield f"{header.name}: orders without names"


def primitives_of(header: Path, top: Path) -> list[Primitive]:
    clients = top / "tests" / "mutation" / f"{header.stem}.hpp"
    found = [Primitive(orders, clients) for orders in read_orders(header)]
    if len(found) > 1:
        raise Problem(f"{header.name} has {len(found)} structs of orders",
                      "clients are over one: give each primitive a header of its own", 1)
    return found


def tally(seen: dict[str, Any]) -> tuple[int, int, int]:
    """Of what a program saw: caught, those that could be, those beyond the engine."""
    mutants = seen["mutants"]
    beyond = sum(1 for one in mutants if one["beyond"])
    caught = sum(1 for one in mutants if one["caught"] and not one["beyond"])
    return caught, len(mutants) - beyond, beyond


def last_score(file: Path, top: Path, command: str) -> str:
    """What the last run of all mutants saw, in one line."""
    if not file.is_file():
        return f"not weakened in this build yet: {command} mutate --quick"
    all_seen = json.loads(file.read_text())
    caught, could, beyond = (sum(part) for part in zip(*map(tally, all_seen)))
    text = (f"{could + beyond} weakened or steps left out, {caught} caught, {beyond} declared "
            "beyond the engine")
    if could > caught:
        text += f", {could - caught} SURVIVE"
    sources = [one for folder in ("primitives/racekit", "tests/mutation")
               for one in (top / folder).rglob("*.hpp")]
    if any(one.stat().st_mtime > file.stat().st_mtime for one in sources):
        text += f"; sources have changed since: {command} mutate --quick"
    return text


def _body(mutant: Mutant) -> str:
    if mutant.after == "left out":
        return f"static constexpr bool {mutant.name} = false;"
    return f"static constexpr auto {mutant.name} = std::memory_order_{mutant.after};"


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def program(one: Primitive) -> str:
    """The C++ text: the clients over the orders as they are and over every mutant."""
    beyond = one.beyond()
    mutants = list(one.orders.mutants())
    unknown = beyond.keys() - {mutant.name for mutant in mutants}
    if unknown:
        raise Problem(f"{one.clients.name}: beyond {', '.join(sorted(unknown))}: no such order is "
                      "mutated", "take the line out", 1)
    struct = f"racekit::{one.orders.struct}"
    lines = [f"// Of {one.orders.header.name} and {one.clients.name}, by scripts/racekit mutate.",
             f'#include "{one.clients}"', "", "namespace {"]
    rows = []
    for number, mutant in enumerate(mutants, 1):
        lines.append(f"struct mutant_{number} : {struct} {{ {_body(mutant)} }};")
        words = ", ".join(_quoted(word) for word in (mutant.name, mutant.before, mutant.after))
        rows.append(f"            {{{words}, {mutant.line}, {_quoted(beyond.get(mutant.name, ''))},"
                    f" clients<mutant_{number}>}},")
    lines += ["}  // namespace", "", "int main(int count, char** words) {",
              "    using racekit::mutation::clients;",
              f"    return racekit::mutation::run(count, words, {{{_quoted(one.family)}, "
              f"{_quoted(one.name)}, {_quoted(str(one.clients))},",
              f"        clients<{struct}>, {{", *rows, "        }});", "}", ""]
    return "\n".join(lines)
