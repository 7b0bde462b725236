# SPDX-License-Identifier: MIT
"""racekit run: carries out the runs that the user names and says what came of them."""
from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from . import catalogue, junit, selection, table
from .build_tree import DETECTORS, Build, invocation, open_build
from .mutants import last_score
from .outcome import Problem, worst
from .progress import Progress
from .runs import VARIANTS, Result, Run, carry_out_all, plan
from .terminal import Terminal, plain, terminal_of


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("names", nargs="*", metavar="NAME",
                        help="family/name, name alone, or a glob such as 'queue/*'")
    parser.add_argument("--all", action="store_true", help="the whole catalogue")
    parser.add_argument("--family", action="append", default=[], metavar="FAMILY")
    parser.add_argument("--detector", action="append", default=[], choices=DETECTORS)
    parser.add_argument("--variant", choices=(*VARIANTS, "both"), default="both")
    parser.add_argument("--seed", type=whole, metavar="N")
    parser.add_argument("--executions", type=whole, metavar="N",
                        help="executions, rounds or runs at most")
    parser.add_argument("--seconds", type=above_zero, metavar="S", help="budget of each run")
    parser.add_argument("--mode", metavar="WORD", help="a detector's own word, handed on to it")
    parser.add_argument("--jobs", type=at_least_one, default=1, metavar="N", help="at a time")
    parser.add_argument("--json", action="store_true", help="print the verdicts as a JSON array")
    parser.add_argument("--junit", type=Path, metavar="FILE", help="write JUnit XML as well")


def whole(text: str) -> int:
    if not text.isascii() or not text.isdigit() or int(text) >= 1 << 64:
        raise argparse.ArgumentTypeError(f"a whole number of 64 bits is wanted, not '{text}'")
    return int(text)


def at_least_one(text: str) -> int:
    if whole(text) < 1:
        raise argparse.ArgumentTypeError("at least 1 is wanted")
    return int(text)


def above_zero(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = 0.0
    if not 0.0 < value < 1e9:
        raise argparse.ArgumentTypeError(f"a number above zero is wanted, not '{text}'")
    return value


def _options(asked: argparse.Namespace) -> list[str]:
    options = []
    for name in ("seed", "executions", "seconds", "mode"):
        value = getattr(asked, name)
        if value is not None:
            options += [f"--{name}", str(value)]
    return options


def _chosen_runs(asked: argparse.Namespace, build: Build) -> list[Run]:
    narrowed = asked.family or asked.detector or asked.variant != "both"
    if not (asked.names or asked.all or narrowed):
        raise Problem("nothing named to run",
                      "name scenarios ('racekit run lock/lost_update'), a --family, or --all")
    ids = selection.chosen(asked.names, asked.family, catalogue.ids_meant(build, asked.names))
    scenarios = catalogue.load(build, ids)
    detectors = [one for one in DETECTORS if not asked.detector or one in asked.detector]
    variants = VARIANTS if asked.variant == "both" else (asked.variant,)
    runs = plan(scenarios, detectors, variants)
    if not runs:
        one = scenarios[0]
        reasons = "; ".join(f"no {name}: {one.promises[name].words}" for name in detectors)
        raise Problem(f"nothing to run: {one.id} has {reasons}", "leave --detector out")
    return runs


def _teller(total: int, progress: Progress) -> Callable[[Sequence[Result], Sequence[Run]], None]:
    def tell(done: Sequence[Result], running: Sequence[Run]) -> None:
        bad = sum(one.word not in ("kept", "skipped") for one in done)
        now = ", ".join(f"{run.scenario.id} {run.variant} {run.detector}" for run in running)
        progress.show(f"racekit: {len(done)} of {total} runs done"
                      + (f", {bad} NOT KEPT" if bad else "") + (f"; {now}" if now else ""))

    return tell


def _texts(results: Sequence[Result], terminal: Terminal) -> str:
    parts = []
    for one in results:
        if one.text:
            parts.append(one.text.rstrip("\n"))
        else:
            parts.append(f"{one.run.scenario.id} {one.run.variant}: {one.word}\n"
                         f"  {one.run.detector}: {one.verdict['why']}")
    return "\n".join(parts) + "\n" + terminal.rule(60)


def command(asked: argparse.Namespace) -> int:
    build = open_build(asked.build)
    runs = _chosen_runs(asked, build)
    progress = Progress()
    began = time.monotonic()
    try:
        results = carry_out_all(runs, build, asked.jobs, _options(asked),
                                _teller(len(runs), progress))
    finally:
        progress.clear()
    seconds = time.monotonic() - began
    code = worst(one.word for one in results)
    if asked.junit:
        junit.write(results, asked.junit)
    if asked.all and not asked.names and len(runs) == len(
            plan({run.scenario.id: run.scenario for run in runs}.values(), DETECTORS, VARIANTS)):
        build.table.write_text(_report(results, seconds, asked.jobs, build, plain(), True))
    if asked.json:
        print(json.dumps([one.verdict for one in results], indent=2))
        return code
    terminal = terminal_of(sys.stdout)
    if len({run.scenario.id for run in runs}) == 1 and not asked.all:
        print(_texts(results, terminal))
    print(_report(results, seconds, asked.jobs, build, terminal, asked.all), end="")
    print(f"verdicts {shown(build.verdicts)}/*.json"
          + (f"   JUnit {shown(asked.junit)}" if asked.junit else ""))
    return code


def _report(results: Sequence[Result], seconds: float, jobs: int, build: Build,
            terminal: Terminal, everything: bool) -> str:
    program = invocation(build.folder)
    text = (table.render(results, terminal) + "\n\n"
            + table.totals(results, seconds, jobs, program, terminal) + "\n")
    if everything and (build.source / "tests" / "mutation").is_dir():
        text += (terminal.paint("orders", "bold") + "  "
                 + last_score(build.mutation, build.source, program) + "\n")
    return text


def shown(path: Path) -> Path:
    """As seen from where the user stands, if that is shorter."""
    here = Path.cwd()
    full = path.absolute()
    return full.relative_to(here) if full.is_relative_to(here) else full
