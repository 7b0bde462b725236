# SPDX-License-Identifier: MIT
"""The scenarios of a build, as their own programs describe them."""
from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from . import child, selection
from .build_tree import DETECTORS, Build, how_to_build, primitive_of
from .mutants import all_primitives
from .outcome import INTERNAL, Problem

FAMILIES = ("lock", "queue", "pipe", "shared", "server")


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

    def hosts(self, detector: str) -> bool:
        return self.promises[detector].sight != "absent"


def _promise(told: dict[str, str]) -> Promise:
    return Promise(told["sight"], told.get("kind") or told.get("why") or "")


def parse(told: dict[str, Any], build: Build) -> Scenario:
    told = dict(told, files=[build.relative(file) for file in told["files"]])
    return Scenario(id=told["id"], family=told["family"], name=told["name"], title=told["title"],
                    bug_class=told["bug_class"], cwe=told["cwe"], cast=told["cast"],
                    count=told["threads"],
                    promises={name: _promise(one) for name, one in told["promises"].items()},
                    told=told)


def _order(scenario: str) -> tuple[int, str]:
    family = scenario.split("/")[0]
    return FAMILIES.index(family) if family in FAMILIES else len(FAMILIES), scenario


def ids(build: Build) -> list[str]:
    """All that the build has enrolled, built or not, in the catalogue's order."""
    enrolled = sorted({scenario for scenario, _ in build.programs}, key=_order)
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


def load(build: Build, wanted: Iterable[str]) -> list[Scenario]:
    """Asks one program of each scenario; one that has no program at all is an error."""
    return [_ask(scenario, build) for scenario in wanted]


def one_named(build: Build, word: str) -> Scenario:
    return load(build, [selection.one_by_name(word, ids_meant(build, [word]))])[0]


def _ask(scenario: str, build: Build) -> Scenario:
    known = (build.program(scenario, detector) for detector in DETECTORS)
    programs = list(dict.fromkeys(one for one in known if one is not None))
    program = next((one for one in programs if one.is_file()), None)
    if program is None:
        raise Problem(f"{scenario} is not built: none of its programs is in {programs[0].parent}",
                      f"build it: cmake --build {build.folder} --target {programs[0].name}"
                      if primitive_of(scenario) else how_to_build(build.folder))
    asked = child.run([str(program), "--list"], 60)
    try:
        if asked.code != 0:
            raise ValueError(asked.last_words or asked.killer or f"exit code {asked.code}")
        told = next(one for one in json.loads(asked.stdout) if one["id"] == scenario)
        return parse(told, build)
    except StopIteration:
        raise Problem(f"{program.name} does not hold {scenario}",
                      f"build it again: cmake --build {build.folder}", INTERNAL) from None
    except (ValueError, KeyError, TypeError) as broken:
        raise Problem(f"{program.name} --list failed: {broken}",
                      f"build it again: cmake --build {build.folder}", INTERNAL) from broken
