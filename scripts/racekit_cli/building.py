# SPDX-License-Identifier: MIT
"""Programs as new as their sources: builds those that a run needs, or says that they are old."""
from __future__ import annotations

import re
import shlex
import subprocess
import threading
from collections.abc import Iterable
from pathlib import Path

from . import catalogue
from .build_tree import Build
from .outcome import INCONCLUSIVE, Problem
from .progress import Progress

_counted = re.compile(r"^\s*\[\s*\d+[/%].*")
_error = re.compile(r"(?:error|undefined reference|undefined symbol|multiple definition)\b",
                    re.IGNORECASE)


def add_argument(parser) -> None:
    parser.add_argument("--no-build", action="store_true",
                        help="build nothing; refuse, exit code 3, if a source is newer than its "
                             "program")


def _cache(build: Build) -> dict[str, str]:
    """What CMake keeps of the build, or nothing where the folder is not CMake's."""
    file = build.folder / "CMakeCache.txt"
    if not file.is_file():
        return {}
    return {name: value for name, value in
            re.findall(r"^(CMAKE_GENERATOR|CMAKE_COMMAND):\w+=(.*)$", file.read_text(),
                       re.MULTILINE)}


def _programs(build: Build, ids: Iterable[str], detectors: Iterable[str]) -> dict[Path, str]:
    """Each program that is needed, and the scenario it is of."""
    wanted = [one for one in detectors
              if not (build.flavour_of[one] == "tsan" and build.tsan_missing)]
    return {program: scenario for scenario in ids
            for program in catalogue.programs_of(scenario, build, wanted)}


def make_current(build: Build, ids: Iterable[str], detectors: Iterable[str],
                 no_build: bool = False) -> dict[str, str]:
    """Builds the programs of these scenarios: why it failed, by the scenario's id. Where nothing
    may or can be built, a program that is older than its source ends the command."""
    programs = _programs(build, ids, detectors)
    cache = {} if no_build else _cache(build)
    if not cache:
        _refuse_old(build, programs)
        return {}
    keep_going = ["--", "-k", "0"] if "Ninja" in cache["CMAKE_GENERATOR"] else ["--", "-k"]
    lines = _carried_out([cache["CMAKE_COMMAND"], "--build", str(build.folder), "--target",
                          *(one.name for one in programs), *keep_going])
    return _failures(lines, programs) if lines else {}


def make_target_current(build: Build, target: str) -> None:
    """Builds one target of CMake. Where nothing can be built, the program is taken as it is."""
    cache = _cache(build)
    if not cache:
        return
    lines = _carried_out([cache["CMAKE_COMMAND"], "--build", str(build.folder), "--target",
                          target])
    if lines:
        why = next((line for line in lines if _error.search(line)), lines[-1])
        raise Problem(f"{target} does not build: {why.strip()}", "correct it first", INCONCLUSIVE)


def _refuse_old(build: Build, programs: dict[Path, str]) -> None:
    old = [(scenario, program) for program, scenario in programs.items()
           if program.is_file() and (source := build.sources.get(scenario)) is not None
           and source.is_file() and source.stat().st_mtime > program.stat().st_mtime]
    if old:
        scenario, program = old[0]
        more = f" (and {len(old) - 1} more)" if len(old) > 1 else ""
        raise Problem(f"the source of {scenario} is newer than its program {program.name}{more}",
                      f"build it: cmake --build {shlex.quote(str(build.folder))}", INCONCLUSIVE)


def _carried_out(command: list[str]) -> list[str]:
    """The output of a build that failed; nothing of one that succeeded."""
    progress = Progress()
    lines: list[str] = []
    at = ""
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                               stderr=subprocess.STDOUT, text=True, errors="replace")

    def read() -> None:
        nonlocal at
        for line in process.stdout or ():
            lines.append(line.rstrip("\n"))
            if _counted.match(line):
                at = " ".join(line.split())

    reader = threading.Thread(target=read)
    reader.start()
    try:
        while reader.is_alive():
            progress.show(f"racekit: building  {at}")
            reader.join(0.2)
    except KeyboardInterrupt:
        process.terminate()  # the terminal has told its children already
        raise
    finally:
        process.wait()
        progress.clear()
    return lines if process.returncode != 0 else []


def _failures(lines: list[str], programs: dict[Path, str]) -> dict[str, str]:
    """The first error of each target that failed. An error that belongs to none of them ends the
    command: nothing can be said of any program then."""
    failed: dict[str, str] = {}
    for number, line in enumerate(lines):
        if not line.startswith("FAILED:") and "***" not in line:
            continue
        scenario = next((scenario for program, scenario in programs.items()
                         if re.search(rf"\b{re.escape(program.name)}\b", line)), "")
        if not scenario:
            continue
        why = next((one for one in lines[number:] if _error.search(one)
                    and not one.startswith(("FAILED:", "ninja:"))), line)
        failed.setdefault(scenario, f"does not build: {why.strip()}")
    if not failed:
        why = next((line for line in lines if _error.search(line)), (lines or ["no output"])[-1])
        raise Problem(f"the build failed: {why.strip()}", "build it by hand to see all of it",
                      INCONCLUSIVE)
    return failed
