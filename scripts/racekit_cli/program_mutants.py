# SPDX-License-Identifier: MIT
"""racekit mutate --target: weakens each memory order in the sources of a program as it is, and
tells which goes unnoticed."""
from __future__ import annotations

import argparse
import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from .clients import Client, Place, Seen, chosen, sound
from .outcome import BROKEN, INCONCLUSIVE, KEPT, Problem


@dataclass(frozen=True)
class Weakened:
    place: Place
    before: str  # one step above `after`; the source may have a stronger one
    after: str
    seen: Seen

    @property
    def survives(self) -> bool:
        return self.seen.how in ("exhausted", "sampled")


def play(client: Client, asked: argparse.Namespace) -> list[Weakened]:
    """Each order one step weaker; below an order that survives, one more step."""
    found: list[Weakened] = []
    todo = [(place, place.order, after) for place in sorted(client.keys, key=lambda one: one.where)
            for after in place.below(place.order)]
    tried = set()
    with ThreadPoolExecutor(asked.jobs) as pool:
        while todo:
            seen = pool.map(lambda one: client.run(asked, {one[0]: one[2]}), todo)
            level = [Weakened(*one, result) for one, result in zip(todo, seen)]
            found += level
            tried.update((one.place, one.after) for one in level)
            todo = list(dict.fromkeys(
                (one.place, one.after, lower) for one in level if one.survives
                for lower in one.place.below(one.after) if (one.place, lower) not in tried))
            todo = list({(place, after): (place, before, after)
                         for place, before, after in todo}.values())
    order = list(client.keys)
    return sorted(found, key=lambda one: order.index(one.place))


def claim(one: Weakened, original: Seen) -> str:
    """How far it reaches that an order survives."""
    if one.seen.how == "sampled" or original.how == "sampled":
        return f"not seen in {one.seen.count:,} executions, which are not all"
    beyond = sorted({*one.seen.warnings, *original.warnings})
    if beyond:
        return ("no execution that the model shows can tell; it does not show all: "
                + ", ".join(beyond))
    return "no execution of this program can tell"


def fate(one: Weakened, original: Seen) -> str:
    if one.survives:
        return f"SURVIVES: {claim(one, original)}"
    return one.seen.text


def lines(found: list[Weakened], original: Seen) -> list[str]:
    rows = [(one.place.where, one.place.what, f"{one.before} -> {one.after}",
             fate(one, original)) for one in found]
    widths = [max((len(row[at]) for row in rows), default=0) for at in range(3)]
    return ["  " + "  ".join([*(f"{row[at]:{widths[at]}}" for at in range(3)), row[3]])
            for row in rows]


def score(found: list[Weakened]) -> str:
    caught = sum(1 for one in found if one.seen.how == "found")
    survivors = sum(1 for one in found if one.survives)
    text = f"{caught} of {len(found)} caught"
    if found:
        text += f", {100 * caught // len(found)} %"
    text += f"; {survivors} survive" if survivors else ""
    unknown = len(found) - caught - survivors
    return text + (f"; {unknown} inconclusive" if unknown else "")


def survivors(found: list[Weakened]) -> list[str]:
    """Of each place the weakest orders that go unnoticed, each alone."""
    left = [one for one in found if one.survives]
    return [f"SURVIVOR {one.place.where} {one.place.what} {one.place.order} -> {one.after}"
            for one in left
            if not any(other.place == one.place
                       and other.after in one.place.all_below(one.after) for other in left)]


def _as_json(client: Client, original: Seen, found: list[Weakened]) -> dict:
    return {"program": str(client.path), "words": list(client.words), "original": original.text,
            "mutants": [{"file": one.place.file, "line": one.place.line,
                         "column": one.place.column, "operation": one.place.operation,
                         "part": one.place.part, "object": one.place.object,
                         "order": one.place.order, "from": one.before, "to": one.after,
                         "caught": one.seen.how == "found", "survives": one.survives,
                         "seen": one.seen.text,
                         "claim": claim(one, original) if one.survives else "",
                         "command": client.command({one.place: one.after})}
                        for one in found]}


def command(asked: argparse.Namespace) -> int:
    if len(asked.target) > 1:
        raise Problem("mutate is for one --target",
                      "suggest-orders takes several; or call mutate once for each")
    if asked.names:
        raise Problem(f"'{asked.names[0]}' is no word for --target",
                      "the program's own words stand within it: --target 'my_test 3 4'")
    client = chosen(asked, asked.target)[0]
    original = client.run(asked, {})
    sound(client, original)
    print(f"{client.name}: clean as it is, {original.text}; {len(client.keys)} "
          f"memory order{'s' if len(client.keys) > 1 else ''}", flush=True)
    found = play(client, asked)
    print("\n".join(lines(found, original)))
    for text in original.texts:
        print(f"  warning: {text}")
    if asked.json:
        asked.json.write_text(json.dumps(_as_json(client, original, found), indent=2) + "\n")
    print(f"score  {score(found)}")
    print("  of the orders that these executions use; one that no thread comes to is not listed\n"
          "  load buffering is not among the executions that the model shows")
    for line in survivors(found):
        print(line)
    if any(one.survives for one in found):
        return BROKEN
    return KEPT if all(one.seen.how == "found" for one in found) else INCONCLUSIVE
