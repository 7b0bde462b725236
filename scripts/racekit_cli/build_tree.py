# SPDX-License-Identifier: MIT
"""A configured build: its description racekit.json, its programs, where verdicts go."""
from __future__ import annotations

import difflib
import json
import os
import shlex
import shutil
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from .outcome import Problem

def primitive_of(scenario: str) -> str:
    """Of lock/futex_mutex.take, a primitive and one of its orders: futex_mutex. Else nothing."""
    name, dot, _ = scenario.partition("/")[2].partition(".")
    return name if dot else ""


HOME = Path(__file__).resolve().parent.parent.parent


@dataclass(frozen=True)
class ProgramTarget:
    """An executable that racekit_add_program() or racekit_program() built again for the model."""
    name: str
    path: Path
    options: tuple[str, ...]  # of the kit, as its test has them
    words: tuple[str, ...]  # of the program's own


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
    flavour_of: dict[str, str]  # detector -> flavour, in the order of every list and table
    sources: dict[str, Path]  # scenario id -> the file it is in
    seeds: dict[str, str]  # scenario id -> the seed that its build wants, where it wants one
    targets: dict[str, ProgramTarget]  # by name

    @property
    def detectors(self) -> tuple[str, ...]:
        return tuple(self.flavour_of)

    def chosen_detectors(self, words: Sequence[str]) -> list[str]:
        """Those named, in the order of the build; all if none is named."""
        for word in words:
            if word not in self.flavour_of:
                close = difflib.get_close_matches(word, self.flavour_of, n=1, cutoff=0.5)
                raise Problem(f"--detector does not know '{word}'",
                              f"did you mean {close[0]}?" if close
                              else "one of: " + ", ".join(self.flavour_of))
        return [one for one in self.flavour_of if not words or one in words]

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
        flavour = self.flavour_of[detector]
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
    return (HOME if is_own_tree() else Path.cwd()) / "build"


def is_own_tree() -> bool:
    """Whether this command line lies in racekit's sources, and is not an installed one."""
    return (HOME / "CMakeLists.txt").is_file() and (HOME / "scripts" / "racekit").is_file()


def program_name() -> str:
    """How to call this command line from where the user is."""
    if is_own_tree():
        program = HOME / "scripts" / "racekit"
        return "scripts/racekit" if Path.cwd() == HOME else shlex.quote(str(program))
    program = Path(sys.argv[0]).resolve()
    found = shutil.which("racekit")
    if found and Path(found).resolve() == program:
        return "racekit"
    return shlex.quote(str(program))


def invocation(folder: Path) -> str:
    """How to call this command line again for the same build."""
    if default_folder().resolve() == folder.resolve():
        return program_name()
    return f"{program_name()} --build {shlex.quote(str(folder.absolute()))}"


def how_to_build(folder: Path) -> str:
    if folder.resolve() == HOME / "build":
        return "run ./scripts/race, or: cmake --preset clang && cmake --build build"
    quoted = shlex.quote(str(folder))
    return f"configure and build it: cmake -B {quoted} && cmake --build {quoted}"


def _read_programs(told: list[dict[str, str]]) -> dict[str, dict]:
    """Parts of Build that each program of the description speaks of."""
    return {
        "programs": {(one["scenario"], one["flavour"]): Path(one["path"]) for one in told},
        "sources": {one["scenario"]: Path(one["source"]) for one in told if one.get("source")},
        "seeds": {one["scenario"]: one["seed"] for one in told if one.get("seed")},
    }


def _read_target(told: dict) -> ProgramTarget:
    return ProgramTarget(told["name"], Path(told["path"]), tuple(told["options"]),
                         tuple(told["words"]))


def open_build(folder: Path) -> Build:
    description = folder / "racekit.json"
    if not description.is_file():
        raise Problem(f"no build yet in {folder}", how_to_build(folder))
    try:
        told = json.loads(description.read_text())
        build = Build(folder=folder, source=Path(told["source"]), compiler=told["compiler"],
                      compiler_version=told["compiler_version"], build_type=told["build_type"],
                      flags=told["flags"], relacy=told["relacy"],
                      tsan_missing=told["tsan_missing"],
                      flavour_of={one["name"]: one["flavour"] for one in told["detectors"]},
                      targets={one["name"]: _read_target(one) for one in told.get("targets", [])},
                      **_read_programs(told["programs"]))
    except (ValueError, KeyError, TypeError) as broken:
        raise Problem(f"{description} cannot be read ({broken})",
                      f"configure again: cmake {shlex.quote(str(folder))}") from broken
    # The lines that a program prints must work where this command line does.
    os.environ["RACEKIT_COMMAND"] = invocation(folder)
    return build
