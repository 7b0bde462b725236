"""The scenarios of a build, as their own programs describe them."""
from __future__ import annotations

import json
import subprocess
from dataclasses import dataclass
from typing import Any

from .build_tree import FLAVOURS, Build, how_to_build
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


def _order(one: Scenario) -> tuple[int, str, str]:
    known = FAMILIES.index(one.family) if one.family in FAMILIES else len(FAMILIES)
    return known, one.family, one.name


def load(build: Build) -> list[Scenario]:
    """Asks one program of each scenario; a scenario with no program at all is not built."""
    scenarios = []
    for wanted in sorted({scenario for scenario, _ in build.programs}):
        programs = [build.programs[wanted, flavour] for flavour in FLAVOURS
                    if (wanted, flavour) in build.programs]
        program = next((one for one in programs if one.is_file()), None)
        if program is None:
            raise Problem(f"{wanted} is not built: none of its programs is in "
                          f"{programs[0].parent}", how_to_build(build.folder))
        asked = subprocess.run([program, "--list"], capture_output=True, text=True, timeout=60,
                               check=False)
        try:
            listed = json.loads(asked.stdout) if asked.returncode == 0 else None
            scenarios += [parse(one, build) for one in listed if one["id"] == wanted]
        except (ValueError, KeyError, TypeError) as broken:
            lines = asked.stderr.strip().splitlines() or [f"exit code {asked.returncode}"]
            raise Problem(f"{program.name} --list failed: {lines[-1]}",
                          f"build it again: cmake --build {build.folder}", INTERNAL) from broken
    if not scenarios:
        raise Problem(f"the build in {build.folder} has no scenario",
                      "enrol one with racekit_add_scenario(file.cpp)")
    return sorted(scenarios, key=_order)
