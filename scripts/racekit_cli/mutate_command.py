# SPDX-License-Identifier: MIT
"""racekit mutate: weakens every named memory order in turn and tells which goes unnoticed. With
--target, those in the sources of a program as it is (program_mutants.py)."""
from __future__ import annotations

import argparse
import json
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from . import child, clients, program_mutants
from .build_tree import HOME, Build, open_build
from .mutants import (Primitive, all_primitives, headers, nameless, primitives_of, program,
                      tally)
from .outcome import BROKEN, HANG, INCONCLUSIVE, INTERNAL, KEPT, Problem
from .run_options import at_least_one

_build_seconds = 1800.0
_quick_seconds = 600.0
_full_seconds = 4 * 3600.0


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("names", nargs="*", metavar="NAME",
                        help="family, family/name or name; all if none is given")
    parser.add_argument("--target", action="append", metavar="TARGET", default=[],
                        help="instead: the orders in the sources of a program that "
                             "racekit_add_program() built, as in my_test, 'my_test words of its "
                             "own' or ./my_test.model")
    clients.add_arguments(parser)
    parser.add_argument("--quick", action="store_true",
                        help="small clients only, each mutant until it is caught")
    parser.add_argument("--jobs", type=at_least_one, default=2, metavar="N")
    parser.add_argument("--json", type=Path, metavar="FILE", help="everything that was seen")
    parser.add_argument("--lines", action="store_true",
                        help="print a line for each mutant: who caught it, in which execution")
    parser.add_argument("--markdown", action="store_true", help="print the score as a table")
    parser.add_argument("--check", action="store_true",
                        help="play nothing: only whether every order has a name and a reason")
    parser.add_argument("--tree", type=Path, default=HOME, metavar="DIR",
                        help="the source tree (default: this one)")
    parser.add_argument("--generate", type=Path, metavar="FILE", help=argparse.SUPPRESS)


def chosen(known: list[Primitive], names: list[str]) -> list[Primitive]:
    """In the tree's order. A name that fits nothing is a problem."""
    def fits(one: Primitive, name: str) -> bool:
        return name in (one.name, one.family, one.id)
    for name in names:
        if not any(fits(one, name) for one in known):
            raise Problem(f"nothing to mutate is called '{name}'",
                          "one of: " + ", ".join(one.id for one in known))
    return [one for one in known if not names or any(fits(one, name) for name in names)]


def write_program(one: Primitive, file: Path) -> None:
    """Leaves a file alone that is right already, so that nothing is compiled again for it."""
    text = program(one)
    if not file.is_file() or file.read_text() != text:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)


def play(build: Build, one: Primitive, quick: bool) -> dict[str, Any]:
    """What the program of one primitive has seen."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "seen.json"
        path = build.folder / "bin" / one.target
        ended = child.run([str(path), "--json", str(file), *(["--quick"] if quick else [])],
                          _quick_seconds if quick else _full_seconds)
        if ended.timed_out:
            raise Problem(f"{one.target} did not come to its end", "", HANG)
        if ended.code not in (KEPT, BROKEN, INCONCLUSIVE) or not file.is_file():
            raise Problem(f"{one.target} ended with {ended.killer or ended.code}: "
                          f"{ended.last_words}", "", INTERNAL)
        fields = one.orders.fields
        steps = sum(1 for field in fields if field.kind == "step")
        return {**json.loads(file.read_text()), "orders": len(fields) - steps, "steps": steps,
                "text": ended.stdout}


def score(seen: dict[str, Any]) -> str:
    if not seen["sound"]:
        return "void"
    caught, could, beyond = tally(seen)
    text = f"{caught} of {could}"
    if could:
        text += f", {100 * caught // could} %"
    return text + (f" (+{beyond} beyond the engine)" if beyond else "")


def fate(mutant: dict[str, Any]) -> str:
    """Who caught it first, by what, in which execution."""
    for one in mutant["clients"]:
        if one["finding"]:
            return f"{one['finding']} in '{one['client']}', execution {one['executions']:,}"
    return f"beyond the engine: {mutant['beyond']}" if mutant["beyond"] else "SURVIVES"


def lines(all_seen: list[dict[str, Any]]) -> list[str]:
    rows = [(seen["primitive"], one["name"], f"{one['from']} -> {one['to']}", fate(one))
            for seen in all_seen for one in seen["mutants"]]
    widths = [max((len(row[at]) for row in rows), default=0) for at in range(3)]
    return ["  ".join([*(f"{row[at]:{widths[at]}}" for at in range(3)), row[3]]) for row in rows]


def markdown(all_seen: list[dict[str, Any]]) -> str:
    """The score table of the README."""
    rows = ["| primitive | orders | marked steps | mutants | caught | beyond | survivors | score |",
            "|---|---|---|---|---|---|---|---|"]
    sums = [0] * 6
    for seen in all_seen:
        caught, could, beyond = tally(seen)
        numbers = [seen["orders"], seen["steps"], could + beyond, caught, beyond, could - caught]
        sums = [left + right for left, right in zip(sums, numbers)]
        part = f"{100 * caught // could} %" if could else "-"
        cells = [seen["primitive"], *map(str, numbers), part if seen["sound"] else "void"]
        rows.append(f"| {' | '.join(cells)} |")
    could = sums[3] + sums[5]
    cells = ["all", *map(str, sums), f"{100 * sums[3] // could} %" if could else "-"]
    rows.append(f"| {' | '.join(cells)} |")
    beyond = [f"- `{seen['primitive']}` `{one['name']}` {one['from']} -> {one['to']}: "
              f"{one['beyond']}"
              for seen in all_seen for one in seen["mutants"] if one["beyond"]]
    if beyond:
        rows += ["", "Beyond the engine, by argument:", "", *beyond]
    return "\n".join(rows) + "\n"


def block(file: Path) -> str:
    """What the last run over all primitives saw, for the README."""
    all_seen = json.loads(file.read_text())
    how = "scripts/racekit mutate" + (" --quick" if all_seen and all_seen[0]["quick"] else "")
    return markdown(all_seen) + f"\nBy `{how}`.\n"


def _generate(asked: argparse.Namespace) -> None:
    """Reads the one header only: that of another primitive may just be under way."""
    known = [header for header in headers(asked.tree) if header.stem in asked.names]
    primitives = [one for header in known for one in primitives_of(header, asked.tree)]
    if len(primitives) != 1:
        raise Problem(f"--generate is for one primitive that names orders, not {asked.names}")
    write_program(primitives[0], asked.generate)


def _print(asked: argparse.Namespace, all_seen: list[dict[str, Any]]) -> None:
    if asked.markdown:
        print(markdown(all_seen), end="")
    elif asked.lines:
        print("\n".join(lines(all_seen)))
    else:
        for seen in all_seen:
            print(seen["text"].rstrip())
        print("\nscore")
        for seen in all_seen:
            print(f"  {seen['primitive']:28} {score(seen)}")


def command(asked: argparse.Namespace) -> int:
    if asked.target:
        return program_mutants.command(asked)
    if not (asked.tree / "primitives" / "racekit").is_dir():
        raise Problem(f"--tree: no primitives/racekit in {asked.tree}",
                      "name racekit's own source tree")
    if asked.generate:
        _generate(asked)
        return KEPT
    primitives = chosen(all_primitives(asked.tree), asked.names)
    complaints = [line for one in primitives for line in one.complaints()]
    complaints += [] if asked.names else nameless(asked.tree)
    for line in complaints:
        print(line)
    if asked.check:
        return BROKEN if complaints else KEPT
    primitives = [one for one in primitives if one.clients.is_file()]
    if not primitives:
        return BROKEN
    build = open_build(asked.build)
    built = child.run(["cmake", "--build", str(build.folder), "--parallel", str(asked.jobs),
                       "--target", *(one.target for one in primitives)], _build_seconds)
    if built.code != 0:
        raise Problem("the mutants cannot be built: " + (built.stdout + built.stderr)[-2000:])
    with ThreadPoolExecutor(asked.jobs) as pool:
        all_seen = list(pool.map(lambda one: play(build, one, asked.quick), primitives))
    files = [asked.json] if asked.json else []
    for file in files + ([] if asked.names else [build.mutation]):
        file.write_text(json.dumps(all_seen, indent=2) + "\n")
    _print(asked, all_seen)
    survivors = [f"{seen['primitive']} {one['name']} {one['from']} -> {one['to']}"
                 for seen in all_seen for one in seen["mutants"] if one["wrong"]]
    for line in survivors:
        print(f"SURVIVOR {line}")
    if survivors or complaints:
        return BROKEN
    return KEPT if all(seen["sound"] for seen in all_seen) else INCONCLUSIVE
