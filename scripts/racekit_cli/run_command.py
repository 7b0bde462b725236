# SPDX-License-Identifier: MIT
"""racekit run: carries out the runs that the user names and says what came of them."""
from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from . import building, catalogue, junit, selection, table
from .build_tree import Build, invocation, open_build
from .catalogue import Loaded, Unusable
from .mutants import last_score
from .outcome import Problem, worst
from .progress import Progress
from .runs import MEMORIES, VARIANTS, Result, Run, carry_out_all, plan
from .terminal import Terminal, plain, terminal_of


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("names", nargs="*", metavar="NAME",
                        help="family/name, name alone, or a glob such as 'queue/*'")
    parser.add_argument("--all", action="store_true", help="the whole catalogue")
    parser.add_argument("--family", action="append", default=[], metavar="FAMILY")
    parser.add_argument("--detector", action="append", default=[], metavar="DETECTOR",
                        help="stress, process, tsan or model; default: all")
    parser.add_argument("--variant", choices=(*VARIANTS, "both"), default="both")
    parser.add_argument("--seed", type=whole, metavar="N")
    parser.add_argument("--executions", type=at_least_one, metavar="N",
                        help="executions, rounds or runs at most")
    parser.add_argument("--seconds", type=above_zero, metavar="S", help="budget of each run")
    parser.add_argument("--mode", metavar="WORD", help="a detector's own word, handed on to it")
    parser.add_argument("--memory", choices=MEMORIES,
                        help="of the model: C++20 exactly (default), or Relacy's")
    parser.add_argument("--jobs", type=at_least_one, default=1, metavar="N", help="at a time")
    parser.add_argument("--json", action="store_true", help="print the verdicts as a JSON array")
    parser.add_argument("--junit", type=file_name, metavar="FILE", help="write JUnit XML as well")
    building.add_argument(parser)


def whole(text: str) -> int:
    if not text.isascii() or not text.isdigit() or int(text) >= 1 << 64:
        raise argparse.ArgumentTypeError(f"a whole number of 64 bits is wanted, not '{text}'")
    return int(text)


def at_least_one(text: str) -> int:
    if whole(text) < 1:
        raise argparse.ArgumentTypeError("at least 1 is wanted")
    return int(text)


def file_name(text: str) -> Path:
    """A file that will be written at the end: what cannot be one is refused at the start."""
    if text == "-":
        raise argparse.ArgumentTypeError("a file name is wanted, '-' is none: the standard output "
                                         "has the table")
    path = Path(text)
    if path.is_dir():
        raise argparse.ArgumentTypeError(f"'{text}' is a folder")
    return path


def above_zero(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = 0.0
    if not 0.0 < value < 1e9:
        raise argparse.ArgumentTypeError(f"a number above zero is wanted, not '{text}'")
    return value


def _options(asked: argparse.Namespace, terminal: Terminal) -> list[str]:
    options = ["--width", str(terminal.width)]
    for name in ("seed", "executions", "seconds", "mode", "memory"):
        value = getattr(asked, name)
        if value is not None:
            options += [f"--{name}", str(value)]
    return options


def _chosen(asked: argparse.Namespace, build: Build,
            detectors: Sequence[str]) -> tuple[Loaded, list[Run]]:
    narrowed = asked.family or asked.detector or asked.variant != "both"
    if not (asked.names or asked.all or narrowed):
        raise Problem("nothing named to run",
                      "name scenarios ('racekit run lock/lost_update'), a --family, or --all")
    ids = selection.chosen(asked.names, asked.family, catalogue.ids_meant(build, asked.names))
    failed = building.make_current(build, ids, detectors, asked.no_build)
    loaded = catalogue.load(build, [one for one in ids if one not in failed])
    loaded.unusable.extend(
        Unusable(one, build.relative(str(build.sources.get(one, ""))), why)
        for one, why in failed.items())
    variants = VARIANTS if asked.variant == "both" else (asked.variant,)
    runs = plan(loaded.scenarios, detectors, variants)
    if not runs and not loaded.unusable:
        one = loaded.scenarios[0]
        reasons = "; ".join(f"no {name}: {one.promises[name].words}" for name in detectors
                            if not one.hosts(name))
        raise Problem(f"nothing to run: {one.id} has " + (reasons or "no racy variant"),
                      "leave --detector and --variant out")
    return loaded, runs


def _teller(total: int, progress: Progress) -> Callable[[Sequence[Result], Sequence[Run]], None]:
    def tell(done: Sequence[Result], running: Sequence[Run]) -> None:
        bad = sum(one.word not in ("kept", "skipped") for one in done)
        now = ", ".join(f"{run.scenario.id} {run.variant} {run.detector}" for run in running)
        progress.show(f"racekit: {len(done)} of {total} runs done"
                      + (f", {bad} NOT KEPT" if bad else "") + (f"; {now}" if now else ""))

    return tell


def _texts(results: Sequence[Result], terminal: Terminal) -> str:
    parts: list[str] = []
    for one in results:
        if one.text:
            parts.append(one.text.rstrip("\n"))
        else:
            parts.append(f"{one.run.scenario.id} {one.run.variant}: {one.word}")
            parts += terminal.wrapped(f"  {one.run.detector}: {one.verdict['why']}")
    return "\n".join(parts) + "\n" + terminal.rule(60)


def command(asked: argparse.Namespace) -> int:
    build = open_build(asked.build)
    detectors = build.chosen_detectors(asked.detector)
    loaded, runs = _chosen(asked, build, detectors)
    terminal = terminal_of(sys.stdout)
    progress = Progress()
    began = time.monotonic()
    try:
        results = carry_out_all(runs, build, asked.jobs, _options(asked, terminal),
                                _teller(len(runs), progress))
    finally:
        progress.clear()
    seconds = time.monotonic() - began
    code = worst([one.word for one in results] + ["failed" for _ in loaded.unusable])
    if asked.junit:
        junit.write(results, loaded.unusable, asked.junit)
    report = _Report(results, loaded.unusable, seconds, asked.jobs, build, asked.all)
    if asked.all and not asked.names and len(runs) == len(
            plan(loaded.scenarios, build.detectors, VARIANTS)):
        build.table.write_text(report.text(plain()))
    if asked.json:
        print(json.dumps([one.verdict for one in results]
                         + [{"scenario": one.id, "verdict": "failed", "why": one.why,
                             "file": one.file} for one in loaded.unusable], indent=2))
        return code
    if len({run.scenario.id for run in runs}) == 1 and not asked.all:
        print(_texts(results, terminal))
    print(report.text(terminal), end="")
    for remark in loaded.remarks():
        print("\n".join(terminal.wrapped(f"remark: {remark}")))
    print(f"verdicts {shown(build.verdicts)}/*.json"
          + (f"   JUnit {shown(asked.junit)}" if asked.junit else ""))
    return code


@dataclass(frozen=True)
class _Report:
    results: Sequence[Result]
    unusable: Sequence[Unusable]
    seconds: float
    jobs: int
    build: Build
    everything: bool

    def text(self, terminal: Terminal) -> str:
        program = invocation(self.build.folder)
        text = table.render(self.results, self.build.detectors, terminal) + "\n\n"
        text += table.totals(self.results, self.unusable, self.seconds, self.jobs, program,
                             terminal) + "\n"
        if self.everything and (self.build.source / "tests" / "mutation").is_dir():
            score = last_score(self.build.mutation, self.build.source, program)
            text += "\n".join(terminal.wrapped(f"orders  {score}")) + "\n"
        return text


def shown(path: Path) -> Path:
    """As seen from where the user stands, if that is shorter."""
    here = Path.cwd()
    full = path.absolute()
    return full.relative_to(here) if full.is_relative_to(here) else full
