# SPDX-License-Identifier: MIT
"""Ways of running work, measured in turns: what racekit bench --models does."""
from __future__ import annotations

import json
import random
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

from . import child, comparing, timelines
from .http_server import Server, nginx
from .machine_state import ForeignLoad
from .outcome import INTERNAL, Problem

PROGRAM = "execution_models"
_python = Path(__file__).with_name("models_python.py")
_longest = 300.0  # seconds that one run may take


@dataclass(frozen=True)
class Options:
    jobs: int
    seconds: float
    delay_ms: int
    rounds: int
    sweep: bool = False  # other numbers of threads and processes too


@dataclass(frozen=True)
class Subject:
    work: str      # "cpu", "copy-bound", "wait-bound", "switch"
    model: str
    language: str  # "C++", "Python"
    jobs: int


@dataclass(frozen=True)
class Run:
    """One run of one model. Times are seconds."""
    operations: int
    wall: float
    cpu: float
    ready: float
    lock_wait: float
    voluntary: int
    involuntary: int
    workers: tuple[int, ...]
    others: float  # share of the machine that other programs used meanwhile, a server too

    @property
    def rate(self) -> float:
        return self.operations / self.wall


@dataclass(frozen=True)
class Measured:
    runs: dict[Subject, list[Run]]
    absent: list[str]  # what was not measured, and why

    def of(self, work: str, model: str, language: str = "C++", jobs: int = 0) -> list[Run]:
        for subject, runs in self.runs.items():
            if (subject.work, subject.model, subject.language) == (work, model, language) \
                    and jobs in (0, subject.jobs):
                return runs
        return []


def middle(runs: Sequence[Run], of: Callable[[Run], float]) -> float:
    return median(of(one) for one in runs)


def ratio(first: Sequence[Run], second: Sequence[Run],
          of: Callable[[Run], float]) -> tuple[float, float, float]:
    """second / first of that figure, with its 95 % interval; without one for fewer than 5 runs."""
    before, after = [of(one) for one in first], [of(one) for one in second]
    if min(len(before), len(after)) < comparing.fewest:
        amount = median(after) / median(before)
        return amount, 0.0, float("inf")
    return comparing.interval(before, after)


def _asked(command: Sequence[str]) -> dict[str, Any]:
    ended = child.run(command, _longest)
    if ended.code != 0:
        raise Problem(f"{Path(command[0]).name} ended with exit code {ended.code}: "
                      f"{ended.last_words or 'no word of why'}", "", INTERNAL)
    answer: dict[str, Any] = json.loads(ended.stdout)
    return answer


def _run(command: Sequence[str]) -> Run:
    foreign = ForeignLoad()
    answer = _asked(command)
    figures = [answer[name] for name in ("operations", "wall", "cpu", "ready", "lock_wait",
                                         "voluntary", "involuntary")]
    return Run(*figures, tuple(answer["workers"]), foreign.share())


@dataclass(frozen=True)
class Suite:
    """What is measured, and how each is run."""
    program: Path
    options: Options

    def subjects(self, server: Server | None, cores: int) -> list[Subject]:
        jobs = self.options.jobs
        found = []
        sides = {"C++": [str(self.program)], "Python": [sys.executable, str(_python)]}
        for language, command in sides.items():
            models = _asked([*command, "--list"])
            found += [Subject("cpu", one, language, jobs) for one in models["cpu"]]
            if server is not None:
                found += [Subject(regime, one, language, jobs) for regime in server.regimes
                          for one in models["io"]]
            found += [Subject("switch", one, language, jobs) for one in models.get("switch", [])]
        # As many threads as cores: whether time slices cost anything.
        counts = [cores, *(range(1, 2 * cores + 1) if self.options.sweep else [])]
        found += [Subject("cpu", "threads by function", "C++", count) for count in counts]
        if self.options.sweep:
            found += [Subject("cpu", "processes", "C++", count) for count in counts]
        return list(dict.fromkeys(found))

    def command(self, subject: Subject, server: Server | None) -> list[str]:
        start = [str(self.program)] if subject.language == "C++" else [sys.executable, str(_python)]
        words = [*start, "--model", subject.model, "--jobs", str(subject.jobs)]
        if server is not None and subject.work in server.regimes:
            return [*words, "--work", "io", "--port", str(server.port),
                    *server.regimes[subject.work]]
        return [*words, "--work", subject.work, "--seconds", str(self.options.seconds)]


def draw(program: Path, options: Options, folder: Path, cores: int, columns: int,
         show: Callable[[str], None]) -> tuple[list[timelines.Timeline], list[str]]:
    """What runs when: each way of C++ once on all processors and once on one of them."""
    suite = Suite(program, options)
    drawn = []
    with nginx(folder, options.delay_ms) as there:
        server = there if isinstance(there, Server) else None
        absent = [f"I/O-bound work was not drawn: {there}"] if isinstance(there, str) else []
        subjects = [one for one in suite.subjects(server, cores) if one.language == "C++"
                    and one.jobs == options.jobs and one.work != "switch"]
        for one in subjects:
            show(f"racekit: drawing {one.work}, {one.model}")
            for processors in dict.fromkeys((cores, 1)):
                told = _asked([*suite.command(one, server), "--timeline", "yes", "--processors",
                               str(processors)])["timeline"]
                drawn.append(timelines.timeline_of(one.work, one.model, processors, told, columns))
    return drawn, absent


def measure(program: Path, options: Options, folder: Path, cores: int,
            show: Callable[[str], None]) -> Measured:
    """Each model once in each round, the rounds in different orders."""
    suite = Suite(program, options)
    runs: dict[Subject, list[Run]] = {}
    absent = []
    shuffled = random.Random(1)
    with nginx(folder, options.delay_ms) as there:
        server = there if isinstance(there, Server) else None
        if isinstance(there, str):
            absent.append(f"I/O-bound work was not measured: {there}")
        subjects = suite.subjects(server, cores)
        for number in range(1, options.rounds + 1):
            for subject in shuffled.sample(subjects, len(subjects)):
                show(f"racekit: measuring ways of running work, round {number} of {options.rounds}")
                runs.setdefault(subject, []).append(_run(suite.command(subject, server)))
    ordered = {subject: runs[subject] for subject in subjects if subject in runs}
    return Measured(ordered, absent)
