# SPDX-License-Identifier: MIT
"""The scenarios of a build, as their own programs describe them."""
from __future__ import annotations

import json
import shlex
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from . import child, selection
from .build_tree import Build, how_to_build, primitive_of
from .mutants import all_primitives
from .outcome import INTERNAL, USAGE, Problem

FAMILIES = ("lock", "queue", "pipe", "shared", "server", "task")


@dataclass(frozen=True)
class Promise:
    sight: str  # finds, may_find, blind, absent
    words: str = ""  # the kind it must find, or why it is absent


@dataclass(frozen=True, eq=False)
class Scenario:
    id: str
    family: str
    name: str
    title: str
    bug_class: str
    cwe: int
    cast: str  # threads or processes
    count: int
    promises: dict[str, Promise]
    told: dict[str, Any]  # as the program tells it, for --json
    variants: tuple[str, ...] = ("racy", "fixed")

    def hosts(self, detector: str) -> bool:
        return self.promises[detector].sight != "absent"


@dataclass(frozen=True)
class Unusable:
    """A scenario that cannot be run: which, what is wrong, what to do."""
    id: str
    file: str
    why: str
    is_built: bool = True

    def line(self) -> str:
        return f"{self.id} ({self.file}): {self.why}" if self.file else f"{self.id}: {self.why}"


@dataclass(frozen=True)
class Loaded:
    scenarios: list[Scenario] = field(default_factory=list)
    unusable: list[Unusable] = field(default_factory=list)

    def remarks(self) -> list[str]:
        """What is no error, and yet wrong with the catalogue."""
        titles: dict[str, list[str]] = {}
        for one in self.scenarios:
            titles.setdefault(one.title, []).append(one.id)
        return [f"{' and '.join(ids)} have the same title, '{title}': give each its own"
                for title, ids in titles.items() if len(ids) > 1]


def _promise(told: dict[str, str]) -> Promise:
    return Promise(told["sight"], told.get("kind") or told.get("why") or "")


def parse(told: dict[str, Any], build: Build) -> Scenario:
    told = dict(told, files=[build.relative(file) for file in told["files"]])
    return Scenario(id=told["id"], family=told["family"], name=told["name"], title=told["title"],
                    bug_class=told["bug_class"], cwe=told["cwe"], cast=told["cast"],
                    count=told["threads"],
                    variants=tuple(told.get("variants", ("racy", "fixed"))),
                    promises={name: _promise(one) for name, one in told["promises"].items()},
                    told=told)


def order(scenario: str) -> tuple[int, str]:
    family = scenario.split("/")[0]
    return FAMILIES.index(family) if family in FAMILIES else len(FAMILIES), scenario


def ids(build: Build) -> list[str]:
    """All that the build has enrolled, built or not, in the catalogue's order."""
    enrolled = sorted({scenario for scenario, _ in build.programs}, key=order)
    if not enrolled:
        raise Problem(f"the build in {build.folder} has no scenario",
                      "enrol one with racekit_add_scenario(file.cpp)")
    return enrolled


def ids_meant(build: Build, names: Iterable[str]) -> list[str]:
    """As ids, and also the pairs of a primitive and one of its orders, if a name may mean one."""
    if not any("." in name for name in names):
        return ids(build)
    return ids(build) + [pair for one in all_primitives(build.source) for pair in one.pairs()
                         if one.clients.is_file()]


def load(build: Build, wanted: Iterable[str]) -> Loaded:
    """Asks one program of each scenario; one that cannot answer does not hide the others."""
    loaded = Loaded()
    for scenario in wanted:
        answer = _ask(scenario, build)
        if isinstance(answer, Scenario):
            loaded.scenarios.append(answer)
        else:
            loaded.unusable.append(answer)
    return loaded


def kinds(build: Build) -> list[tuple[str, str]]:
    """The kinds of findings and what each means, as a program of the build knows them."""
    program = next((one for one in build.programs.values() if one.is_file()), None)
    if program is None:
        raise Problem(f"no program is built in {build.folder}", how_to_build(build.folder))
    asked = child.run([str(program), "--kinds"], 60)
    try:
        if asked.code != 0:
            raise ValueError(asked.last_words or asked.killer or f"exit code {asked.code}")
        return [(one["kind"], one["meaning"]) for one in json.loads(asked.stdout)]
    except (ValueError, KeyError, TypeError) as broken:
        raise Problem(f"{program.name} --kinds failed: {broken}",
                      how_to_build(build.folder), INTERNAL) from broken


def id_meant(build: Build, word: str) -> str:
    return selection.one_by_name(word, ids_meant(build, [word]))


def one_named(build: Build, word: str) -> Scenario:
    answer = _ask(id_meant(build, word), build)
    if isinstance(answer, Unusable):
        what, _, hint = answer.line().partition("; ")
        raise Problem(what, hint, INTERNAL if answer.is_built else USAGE)
    return answer


def programs_of(scenario: str, build: Build, detectors: Sequence[str]) -> list[Path]:
    """Those that such runs need, each once."""
    known = (build.program(scenario, detector) for detector in detectors)
    return list(dict.fromkeys(one for one in known if one is not None))


def _file_of(scenario: str, build: Build) -> str:
    return build.relative(str(build.sources[scenario])) if scenario in build.sources else ""


def _with_all_promises(told: dict[str, Any], scenario: str, build: Build) -> dict[str, Any]:
    """A program does not know the project's own detectors of other flavours: theirs are asked."""
    promises = dict(told["promises"])
    for name in build.detectors:
        program = build.program(scenario, name)
        if name in promises or program is None or not program.is_file():
            continue
        asked = child.run([str(program), "--list"], 60)
        if asked.code == 0:
            other = next((one for one in json.loads(asked.stdout) if one.get("id") == scenario), {})
            promises.update({name: one for name, one in other.get("promises", {}).items()
                             if name not in promises})
    for name in build.detectors:
        promises.setdefault(name, {"sight": "absent", "why": "no built program has it"})
    return dict(told, promises=promises)


def _ask(scenario: str, build: Build) -> Scenario | Unusable:
    programs = programs_of(scenario, build, build.detectors)
    program = next((one for one in programs if one.is_file()), None)
    file = _file_of(scenario, build)
    if program is None:
        hint = (f"build it: cmake --build {shlex.quote(str(build.folder))}"
                f" --target {programs[0].name}")
        return Unusable(scenario, file, f"not built: none of its programs is in "
                        f"{programs[0].parent}; {hint}", is_built=False)
    asked = child.run([str(program), "--list"], 60)
    again = f"build it again: cmake --build {shlex.quote(str(build.folder))}"
    try:
        if asked.code != 0:
            raise ValueError(asked.last_words or asked.killer or f"exit code {asked.code}")
        answer = json.loads(asked.stdout)
        wrong = "; ".join(one["error"] for one in answer if "error" in one)
        if wrong:
            return Unusable(scenario, file, wrong)
        told = next((one for one in answer if one["id"] == scenario), None)
        if told is None:
            return Unusable(scenario, file, f"{program.name} does not hold it: end the file with "
                            "RACEKIT_SCENARIO or RACEKIT_TEST")
        return parse(_with_all_promises(told, scenario, build), build)
    except (ValueError, KeyError, TypeError) as broken:
        return Unusable(scenario, file, f"{program.name} --list failed: {broken}; {again}")
