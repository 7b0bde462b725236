# SPDX-License-Identifier: MIT
"""Programs as they are, as clients of the memory orders in their sources: which orders their
executions use, and what a program shows when some of them are weaker."""
from __future__ import annotations

import argparse
import difflib
import json
import shlex
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from . import building, child
from .build_tree import Build, open_build, program_name
from .orders import weaker
from .outcome import INCONCLUSIVE, INTERNAL, KEPT, BROKEN, HANG, Problem
from .run_options import at_least_one
from .runs import backstop
from .explore_command import duration, is_program

_default_seconds = 3600.0  # a program ends by its own budget long before
_library = b"libracekit_unmodified.so"
_explores = b"racekit_explores"  # a symbol of <racekit/explore.hpp>


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--time", type=duration, metavar="T",
                        help="of each run of a program, as in 500ms, 10s, 5min (default: its own)")
    parser.add_argument("--executions", type=at_least_one, metavar="N", help="of each run at most")
    parser.add_argument("--library", action="store_true",
                        help="also the orders that headers of the standard library and of racekit "
                             "fix themselves")


@dataclass(frozen=True)
class Place:
    """Where the sources give an order to an operation: `part` is empty, or 'failure' for the
    second order of a compare_exchange."""
    file: str
    line: int
    column: int
    operation: str
    part: str
    order: str
    object: str = field(compare=False, default="")

    @property
    def where(self) -> str:
        return f"{Path(self.file).name}:{self.line}:{self.column}"

    @property
    def what(self) -> str:
        return (f"{self.object}.{self.operation}" if self.object else self.operation) + (
            f", {self.part}" if self.part else "")

    def below(self, order: str) -> tuple[str, ...]:
        """What is one step weaker here."""
        half = ("acquire" if self.operation == "load" or self.part == "failure"
                else "release" if self.operation == "store" else "acq_rel")
        return weaker(order, half)

    def all_below(self, order: str) -> list[str]:
        """All that is weaker, the weakest first."""
        found: list[str] = []
        for one in self.below(order):
            found += [each for each in [*self.all_below(one), one] if each not in found]
        return found


@dataclass(frozen=True)
class Seen:
    """One run of a program."""
    how: str  # found, exhausted, sampled or inconclusive
    count: int = 0
    finding: str = ""  # "data race on plain"
    trouble: str = ""
    warnings: tuple[str, ...] = ()  # their kinds
    texts: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        if self.how == "found":
            return f"{self.finding}, execution {self.count:,}"
        if self.how == "inconclusive":
            return f"inconclusive: {self.trouble}"
        return f"{self.how} {self.count:,}" + "".join(f", {each}" for each in self.warnings)


@dataclass
class Client:
    name: str
    path: Path
    options: tuple[str, ...]
    words: tuple[str, ...]
    keys: dict[Place, list[str]] = field(default_factory=dict)  # of its call sites
    def command(self, weakened: Mapping[Place, str]) -> list[str]:
        """How to run it with some orders weakened; also for a shell."""
        pairs = [f"{key}={place.order}>{order}" for place, order in weakened.items()
                 for key in self.keys.get(place, [])]
        told = ["env", f"RACEKIT_WEAKEN={';'.join(pairs)}"] if pairs else []
        return [*told, str(self.path)]

    def run(self, asked: argparse.Namespace, weakened: Mapping[Place, str]) -> Seen:
        """What it shows. Of the program as it is, its orders are noted."""
        with tempfile.TemporaryDirectory() as folder:
            file, orders = Path(folder) / "verdict.json", Path(folder) / "orders.json"
            command = self.command(weakened)
            listed = ["env", f"RACEKIT_LIST_ORDERS={orders}"]
            ended = child.run([*listed, *command, "--json", str(file), "--quiet", *self.options,
                               *_limits(asked), *(["--", *self.words] if self.words else [])],
                              (asked.time or _default_seconds) + backstop)
            if ended.timed_out:
                return Seen("inconclusive", trouble="it did not end in time")
            if not file.is_file() or ended.code not in (KEPT, BROKEN, INCONCLUSIVE, HANG, INTERNAL):
                raise Problem(f"{self.name} ended with {ended.killer or ended.code}: "
                              f"{ended.last_words or ended.stdout[-300:]}", "", INTERNAL)
            seen = _seen(json.loads(file.read_text()))
            told = json.loads(orders.read_text()) if orders.is_file() else None
        if not weakened:
            self._note(told, seen, asked.library)
        elif seen.how in ("exhausted", "sampled") and not (told and all(told["weakened"])):
            return Seen("inconclusive", trouble="no execution reached the weakened order")
        return seen

    def _note(self, told: dict[str, Any] | None, seen: Seen, library: bool) -> None:
        if told is None:
            if seen.how in ("exhausted", "sampled"):
                raise Problem(f"{self.path} does not list its memory orders",
                              "build it again: its libracekit_unmodified.so is old", INTERNAL)
            return
        if not told["complete"]:
            raise Problem(f"{self.name} has more memory orders than can be listed",
                          "divide it into smaller clients", INTERNAL)
        for one in told["orders"]:
            if one["fixed_by"] and not library:
                continue
            place = Place(one["file"] or one["fixed_by"], one["line"], one["column"],
                          one["operation"], one["part"], one["order"], one["object"])
            self.keys.setdefault(place, []).append(one["key"])
        self.fixed = sum(1 for one in told["orders"] if one["fixed_by"])

    fixed: int = 0  # orders that the library's headers fix


def _limits(asked: argparse.Namespace) -> list[str]:
    told: list[str] = []
    for option, value in (("--seconds", asked.time), ("--executions", asked.executions)):
        if value is not None:
            told += [option, str(value)]
    return told


def _seen(verdict: dict[str, Any]) -> Seen:
    others = [one for one in verdict["warnings"] if one["kind"] != "weakened"]
    warnings = tuple(dict.fromkeys(one["kind"] for one in others))
    texts = tuple(dict.fromkeys(one["text"] for one in others))
    count = verdict["reach"].get("count", 0)
    found = verdict["finding"]
    if verdict["verdict"] in ("inconclusive", "failed"):
        return Seen("inconclusive", trouble=verdict.get("trouble") or verdict["why"])
    if found and found["kind"]:  # without one it is only shown
        on = f" on {found['subject']}" if found["subject"] else ""
        return Seen("found", found["found_in"], found["kind"] + on)
    return Seen(verdict["reach"]["how"], count, "", "", warnings, texts)


def chosen(asked: argparse.Namespace, targets: list[str]) -> list[Client]:
    """Built and current. A target is a word, its program's own words may follow within it."""
    all_clients = []
    build: Build | None = None
    for text in targets:
        words = shlex.split(text)
        if not words:
            raise Problem("--target is empty", "name a target of racekit_add_program()")
        if is_program(words[0]):
            all_clients.append(_of_path(text, Path(words[0]).resolve(), words[1:]))
            continue
        if "/" in words[0]:
            raise Problem(f"--target: there is no program {words[0]}",
                          "name a target of racekit_add_program(), which is built first")
        build = build or open_build(asked.build)
        all_clients.append(_of_target(build, text, words))
    return all_clients


def _of_path(text: str, path: Path, words: list[str]) -> Client:
    if _library not in path.read_bytes():
        raise Problem(f"--target: {path} is not built for the model",
                      "give its target to racekit_add_program() in CMake, and name "
                      f"{path.name}.model here")
    _refuse_explorer(path)
    return Client(text, path, (), tuple(words))


def _refuse_explorer(path: Path) -> None:
    if _explores in path.read_bytes():
        raise Problem(f"--target: {path.name} calls racekit::explore() itself, and has no verdict "
                      "as a whole", "give racekit_add_program() a program whose main() is the test")


def _of_target(build: Build, text: str, words: list[str]) -> Client:
    name = words[0].removesuffix(".model")
    target = build.targets.get(name)
    if target is None:
        close = difflib.get_close_matches(name, build.targets, n=1, cutoff=0.6)
        known = ", ".join(build.targets) or "none yet"
        raise Problem(f"--target: no target '{name}' is built for the model in {build.folder}",
                      f"did you mean {close[0]}?" if close else
                      f"write racekit_add_program({name}) behind its add_executable() and "
                      f"configure again; known: {known}")
    building.make_target_current(build, f"{name}.model")
    if not target.path.is_file():
        raise Problem(f"{target.path} is not built", f"cmake --build {build.folder}", INTERNAL)
    _refuse_explorer(target.path)
    return Client(text, target.path, target.options,
                  tuple(words[1:]) if len(words) > 1 else target.words)


def sound(client: Client, seen: Seen) -> None:
    """Refuses a program that shows a mistake as it is, and one that uses no order."""
    if seen.how == "found":
        raise Problem(f"{client.name} is not clean as it is: {seen.text}",
                      f"correct it first: {program_name()} explore {shlex.quote(str(client.path))}"
                      + "".join([" -- ", shlex.join(client.words)] if client.words else []),
                      INCONCLUSIVE)
    if seen.how == "inconclusive":
        raise Problem(f"{client.name} has no verdict as it is: {seen.trouble}", "", INCONCLUSIVE)
    if not client.keys:
        fixed = (f"; {client.fixed} are in headers of the library: --library weakens those too"
                 if client.fixed else "")
        raise Problem(f"{client.name} gives no memory order to an atomic operation or a fence "
                      "while it has threads" + fixed,
                      "name a program whose threads use std::atomic; locks and what runs before "
                      "the first thread have no order to weaken", INCONCLUSIVE)

