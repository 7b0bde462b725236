# SPDX-License-Identifier: MIT
"""A configured build: its description racekit.json, its programs, where verdicts go."""
from __future__ import annotations

import json
import os
from dataclasses import dataclass
from pathlib import Path

from .outcome import Problem

FLAVOUR_OF = {"stress": "native", "process": "native", "tsan": "tsan", "model": "model"}
DETECTORS = ("stress", "process", "tsan", "model")


def primitive_of(scenario: str) -> str:
    """Of lock/futex_mutex.take, a primitive and one of its orders: futex_mutex. Else nothing."""
    name, dot, _ = scenario.partition("/")[2].partition(".")
    return name if dot else ""


HOME = Path(__file__).resolve().parent.parent.parent


@dataclass(frozen=True)
class Build:
    folder: Path
    source: Path
    compiler: str
    compiler_version: str
    build_type: str
    flags: str
    relacy: str
    tsan_missing: str
    programs: dict[tuple[str, str], Path]  # (scenario id, flavour) -> program

    @property
    def verdicts(self) -> Path:
        return self.folder / "verdicts"

    @property
    def table(self) -> Path:
        """The table of the last run of the whole catalogue, as printed."""
        return self.folder / "race.txt"

    @property
    def mutation(self) -> Path:
        """What the last run of all mutants saw."""
        return self.folder / "mutation.json"

    @property
    def figures(self) -> Path:
        """The explorer's figures, as last printed."""
        return self.folder / "figures.txt"

    def program(self, scenario: str, detector: str) -> Path | None:
        flavour = FLAVOUR_OF[detector]
        primitive = primitive_of(scenario)
        if primitive:
            return self.folder / "bin" / f"mutation.{primitive}" if flavour == "model" else None
        return self.programs.get((scenario, flavour))

    def relative(self, file: str) -> str:
        """As seen from the project's top folder, where it lies inside."""
        path = Path(file)
        return str(path.relative_to(self.source)) if path.is_relative_to(self.source) else file


def default_folder() -> Path:
    """RACEKIT_BUILD, else build/ of racekit's own tree, else build/ of the current folder."""
    chosen = os.environ.get("RACEKIT_BUILD")
    if chosen:
        return Path(chosen)
    own_tree = (HOME / "CMakeLists.txt").is_file() and (HOME / "scripts" / "racekit").is_file()
    return (HOME if own_tree else Path.cwd()) / "build"


def invocation(folder: Path) -> str:
    """How to call this command line again for the same build."""
    program = "scripts/racekit" if (HOME / "scripts" / "racekit").is_file() else "racekit"
    default = default_folder().resolve() == folder.resolve()
    return program if default else f"{program} --build {folder}"


def how_to_build(folder: Path) -> str:
    if folder.resolve() == HOME / "build":
        return "run ./scripts/race, or: cmake --preset clang && cmake --build build"
    return f"configure and build it: cmake -B {folder} && cmake --build {folder}"


def open_build(folder: Path) -> Build:
    description = folder / "racekit.json"
    if not description.is_file():
        raise Problem(f"no build yet in {folder}", how_to_build(folder))
    try:
        told = json.loads(description.read_text())
        programs = {(one["scenario"], one["flavour"]): Path(one["path"])
                    for one in told["programs"]}
        return Build(folder=folder, source=Path(told["source"]), compiler=told["compiler"],
                     compiler_version=told["compiler_version"], build_type=told["build_type"],
                     flags=told["flags"], relacy=told["relacy"],
                     tsan_missing=told["tsan_missing"], programs=programs)
    except (ValueError, KeyError, TypeError) as broken:
        raise Problem(f"{description} cannot be read ({broken})",
                      f"configure again: cmake {folder}") from broken
