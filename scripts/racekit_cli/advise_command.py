# SPDX-License-Identifier: MIT
"""racekit advise: which way of running work fits, by questions that are asked or answered by
options. Exit codes: 0 an answer, 2 an answer is missing and nobody can be asked."""
from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from . import known_figures
from .advice import QUESTIONS, Leaf, Question, drawn, walk
from .build_tree import program_name
from .outcome import KEPT, Problem
from .terminal import Terminal, terminal_of

_yes, _no = ("yes", "y"), ("no", "n")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    for one in QUESTIONS:
        parser.add_argument(f"--{one.name}", choices=("yes", "no"), dest=one.name,
                            help=one.words + (f" ({one.help})" if one.help else ""))
    parser.add_argument("--measure", nargs=argparse.REMAINDER, metavar="COMMAND",
                        help="run a command and let it answer --cpu and --io; the last option")
    parser.add_argument("--chart", action="store_true", help="print the whole chart and end")
    parser.add_argument("--json", action="store_true", help="print the answer as JSON")


@dataclass(frozen=True)
class Measured:
    """What a trial run of the work came to."""
    wall: float
    cpu: float
    waits: int     # voluntary switches: it gave the processor away to wait
    queued: float  # seconds in which it could run and others had the processor

    @property
    def answers(self) -> dict[str, bool]:
        busy = self.cpu >= 0.5 * (self.wall - self.queued)
        return {"cpu": busy, "io": not busy and self.waits > 0}

    def words(self) -> str:
        return (f"measured: {self.wall:.2f} s, of which {self.cpu:.2f} s computing "
                f"({self.cpu / max(self.wall, 1e-9):.2f} cores used), {self.queued:.2f} s queued "
                f"behind others, {self.waits:,} waits")


def _seconds_queued(process: int) -> float:
    """Of a process that has ended and was not reaped yet; 0 where the kernel does not say."""
    try:
        return int(Path(f"/proc/{process}/schedstat").read_text().split()[1]) / 1e9
    except (OSError, ValueError, IndexError):
        return 0.0


def measure(command: list[str]) -> Measured:
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    began = time.monotonic()
    with tempfile.TemporaryFile("w+") as errors:
        try:
            running = subprocess.Popen(command, stdin=subprocess.DEVNULL,
                                       stdout=subprocess.DEVNULL, stderr=errors)
        except OSError as failed:
            raise Problem(f"--measure: {command[0]} cannot be started: {failed.strerror}",
                          "name a program that does a piece of the work") from failed
        os.waitid(os.P_PID, running.pid, os.WEXITED | os.WNOWAIT)
        wall = time.monotonic() - began
        queued = _seconds_queued(running.pid)
        code = running.wait()
        errors.seek(0)
        last = (errors.read().strip().splitlines() or ["no word of why"])[-1]
    if code != 0:
        raise Problem(f"--measure: the command ended with {code}: {last}",
                      "only a run that succeeds says something about the work")
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return Measured(wall, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime,
                    after.ru_nvcsw - before.ru_nvcsw, min(queued, wall))


def _ask(one: Question) -> bool:
    words = one.words + (f" ({one.help})" if one.help else "")
    while True:
        print(f"{words} [yes/no] ", end="", file=sys.stderr, flush=True)
        said = sys.stdin.readline()
        if not said:
            raise Problem(f"no answer to: {one.words}", f"add --{one.name} yes or --{one.name} no")
        word = said.strip().lower()
        if word in _yes or word in _no:
            return word in _yes
        print("please answer yes or no", file=sys.stderr)


def _figure_words(leaf: Leaf, asked: argparse.Namespace) -> str:
    found = known_figures.known(asked.build, leaf.family, leaf.work, leaf.subject)
    if found is None:
        return (f"not measured yet: {program_name()} bench {leaf.family} measures {leaf.work} of "
                f"{leaf.subject}")
    beside = f", {found.peer} {found.peers_time}" if found.peer else ""
    cores = f", {found.cores} cores" if found.cores not in ("-", "") else ""
    return f"{leaf.work}: {leaf.subject} {found.time}{beside}{cores} ({found.where})"


def _print(leaf: Leaf, asked: argparse.Namespace, terminal: Terminal) -> None:
    print("\n".join(terminal.wrapped(f"Use {leaf.way}.", "bold")))
    for name, words in (("in Python", leaf.instead), ("primitive", f"<{leaf.primitive}>"),
                        ("read first", f"{program_name()} show {leaf.scenario}"),
                        ("cost", _figure_words(leaf, asked))):
        print("\n".join(terminal.wrapped(f"  {name:<11}{words}", "", 11)))


def command(asked: argparse.Namespace) -> int:
    terminal = terminal_of(sys.stdout)
    if asked.chart:
        for line in drawn():
            print("\n".join(terminal.wrapped(line)))
        return KEPT
    said = {one.name: getattr(asked, one.name) == "yes" for one in QUESTIONS
            if getattr(asked, one.name) is not None}
    if asked.measure is not None:
        if not asked.measure:
            raise Problem("--measure: no command given", "put it at the end: --measure ./work")
        trial = measure(asked.measure)
        print("\n".join(terminal.wrapped(trial.words())), file=sys.stderr)
        said = {**trial.answers, **said}
    is_asked = sys.stdin.isatty() or os.environ.get("RACEKIT_ASK") == "1"

    def answer(one: Question) -> bool:
        if one.name in said:
            return said[one.name]
        if not is_asked:
            raise Problem(f"no answer to: {one.words}", f"add --{one.name} yes or --{one.name} no")
        return _ask(one)

    leaf, path = walk(answer)
    if asked.json:
        print(json.dumps({"leaf": leaf.name, "way": leaf.way, "primitive": leaf.primitive,
                          "scenario": leaf.scenario, "figure": _figure_words(leaf, asked),
                          "answers": {one.name: is_yes for one, is_yes in path}}, indent=2))
        return KEPT
    _print(leaf, asked, terminal)
    return KEPT
