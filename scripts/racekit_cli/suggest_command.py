# SPDX-License-Identifier: MIT
"""racekit suggest-orders: a weakest set of memory orders under which programs stay clean, by the
search of VSync (Oberhauser et al., ASPLOS 2021): weaken one order, verify, keep or put back."""
from __future__ import annotations

import argparse
import json
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from . import clients
from .clients import Client, Place, Seen, sound
from .outcome import INCONCLUSIVE, KEPT, Problem
from .run_options import at_least_one


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--target", action="append", metavar="TARGET", required=True,
                        help="a program that racekit_add_program() built, as in my_test, "
                             "'my_test words of its own' or ./my_test.model; may be repeated: an "
                             "order is weakened only if every one stays clean")
    clients.add_arguments(parser)
    parser.add_argument("--jobs", type=at_least_one, default=2, metavar="N")
    parser.add_argument("--json", type=Path, metavar="FILE", help="everything that was seen")


class Search:
    """Orders that are weaker than in the sources, and why the next weaker ones are not taken."""

    def __init__(self, asked: argparse.Namespace, all_clients: list[Client],
                 as_they_are: list[Seen]) -> None:
        self.asked = asked
        self.clients = all_clients
        self.as_they_are = as_they_are
        self.places = sorted({place for one in all_clients for place in one.keys},
                             key=lambda one: (one.file, one.line, one.column, one.part))
        self.now = {place: place.order for place in self.places}
        self.kept_by: dict[Place, dict[str, str]] = {place: {} for place in self.places}
        self.runs = 0

    def of_which(self, client: Client) -> str:
        """Its number in the list of clients, where there are several."""
        return f" ({self.clients.index(client) + 1})" if len(self.clients) > 1 else ""

    def weakened(self, of: Mapping[Place, str]) -> dict[Place, str]:
        return {place: order for place, order in of.items() if order != place.order}

    def refused(self, place: Place, order: str) -> str:
        """What speaks against this order, beside the present ones; empty: nothing does."""
        trial = self.weakened({**self.now, place: order})
        concerned = [(one, before) for one, before in zip(self.clients, self.as_they_are)
                     if place in one.keys]

        def verdict(pair: tuple[Client, Seen]) -> str:
            client, before = pair
            seen = client.run(self.asked, {each: to for each, to in trial.items()
                                           if each in client.keys})
            more = [each for each in seen.warnings if each not in before.warnings]
            if seen.how == "exhausted" and not more:
                return ""
            text = seen.text if seen.how != "exhausted" else ", ".join(more)
            return text + self.of_which(client)

        self.runs += len(concerned)
        with ThreadPoolExecutor(self.asked.jobs) as pool:
            return next((text for text in pool.map(verdict, concerned) if text), "")

    def weaken_all(self) -> None:
        """Each order to the weakest that nothing speaks against."""
        for place in self.places:
            for order in place.all_below(self.now[place]):
                why = self.refused(place, order)
                if not why:
                    self.now[place] = order
                    self.kept_by[place] = {}
                    break
                self.kept_by[place][order] = why

    def is_minimal(self) -> bool:
        """Verifies that no order can be weakened further alone, and weakens those that can."""
        minimal = True
        for place in self.places:
            for order in place.below(self.now[place]):
                why = self.refused(place, order)
                if why:
                    self.kept_by[place][order] = why
                    continue
                minimal = False
                self.now[place] = order
                self.kept_by[place] = {}
                break
        return minimal

    def reason(self, place: Place) -> str:
        """Why the next weaker orders are not taken."""
        return "; ".join(f"{order}: {self.kept_by[place][order]}"
                         for order in place.below(self.now[place])
                         if order in self.kept_by[place])


def table(search: Search) -> list[str]:
    rows = [("line", "operation", "from", "to", "because")]
    rows += [(place.where, place.what, place.order,
              search.now[place] if search.now[place] != place.order else "(stays)",
              search.reason(place)) for place in search.places]
    widths = [max(len(row[at]) for row in rows) for at in range(4)]
    return ["  " + "  ".join([*(f"{row[at]:{widths[at]}}" for at in range(4)), row[4]]).rstrip()
            for row in rows]


def reach(search: Search) -> list[str]:
    """What the table claims, and what it does not."""
    names = [f"  {one.name}{search.of_which(one)}" for one in search.clients]
    warnings = sorted({each for one in search.as_they_are for each in one.warnings})
    text = ["With these orders every execution of these programs is clean, in the memory model of "
            "C++20", "without load buffering, which the model does not show:", *names,
            "and no single order of the table can be weakened further. Other programs may need "
            "more: another", "caller, more threads, other data. An order that these programs do "
            "not use is not in the table."]
    if warnings:
        text.append("Not explored: " + ", ".join(warnings) + ".")
    return text


def _as_json(search: Search) -> dict:
    return {"clients": [{"program": str(one.path), "words": list(one.words)}
                        for one in search.clients],
            "runs": search.runs,
            "orders": [{"file": place.file, "line": place.line, "column": place.column,
                        "operation": place.operation, "part": place.part, "object": place.object,
                        "from": place.order, "to": search.now[place],
                        "because": search.reason(place)} for place in search.places]}


def command(asked: argparse.Namespace) -> int:
    all_clients = clients.chosen(asked, asked.target)
    if len({one.name for one in all_clients}) != len(all_clients):
        raise Problem("a --target is given twice", "name each once")
    as_they_are = []
    for client in all_clients:
        seen = client.run(asked, {})
        sound(client, seen)
        if seen.how != "exhausted":
            raise Problem(f"{client.name} is not explored to its end: {seen.text}",
                          "give it more --time, or a smaller client: what was not explored may "
                          "need an order", INCONCLUSIVE)
        print(f"{client.name}: clean as it is, {seen.text}", flush=True)
        as_they_are.append(seen)
    search = Search(asked, all_clients, as_they_are)
    search.weaken_all()
    while not search.is_minimal():
        pass
    print("\n".join(table(search)))
    print("\n".join(reach(search)))
    if asked.json:
        asked.json.write_text(json.dumps(_as_json(search), indent=2) + "\n")
    return KEPT
