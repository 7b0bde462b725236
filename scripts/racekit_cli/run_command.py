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

from . import (artefacts, building, catalogue, github, junit, reproducing, run_options, run_order,
               sarif, selection, table)
from .build_tree import Build, invocation, open_build
from .catalogue import Loaded, Unusable
from .mutants import last_score
from .outcome import Problem, worst
from .progress import Progress
from .runs import VARIANTS, Result, Run, carry_out_all, plan, rewrite
from .terminal import Terminal, plain, terminal_of


add_arguments = run_options.add_arguments


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
    return loaded, run_order.taken(runs, asked.shard) if runs else runs


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


def _carried_out(asked: argparse.Namespace, build: Build, runs: Sequence[Run],
                 terminal: Terminal, progress: Progress) -> list[Result]:
    """All turns of all runs, in the order of the catalogue again."""
    seed = run_options.seed_of(asked)
    first_seed = 1 if seed is None else seed
    order = run_order.shuffled(runs, first_seed) if asked.shuffle else list(runs)
    tell = _teller(len(runs), progress)
    turns = [carry_out_all(order, build, asked.jobs,
                           run_options.program_options(asked, terminal, turn), tell)
             for turn in range(asked.repeat)]
    results = run_order.in_catalogue_order(run_order.merged(turns, first_seed), runs)
    if asked.repeat > 1:
        for one in results:
            rewrite(one, build)
    options = run_options.program_options(asked, terminal, 0)
    reproducing.reproduce_all(
        results, build, options, run_options.again(asked), lambda done, total, running: (
            progress.show(f"racekit: {done} of {total} findings looked for again; "
                          + ", ".join(run.name for run in running))))
    return results


def _write_files(asked: argparse.Namespace, build: Build, loaded: Loaded,
                 results: Sequence[Result], code: int) -> list[str]:
    """The files that were asked for; a word on each."""
    told = []
    if asked.junit:
        junit.write(results, loaded.unusable, build, asked.junit)
        told.append(f"JUnit {shown(asked.junit)}")
    if asked.sarif:
        sarif.write(results, loaded.unusable, build, code, asked.sarif)
        told.append(f"SARIF {shown(asked.sarif)}")
    if asked.artefacts:
        made = artefacts.write(results, build, asked.artefacts)
        told.append(f"artefacts {shown(asked.artefacts)}/ ({len(made)} runs)")
    return told


def _print_all(asked: argparse.Namespace, build: Build, loaded: Loaded,
               results: Sequence[Result], text: str, files: Sequence[str]) -> None:
    terminal = terminal_of(sys.stdout)
    if len({one.run.scenario.id for one in results}) == 1 and not asked.all:
        print(_texts(results, terminal))
    print(text, end="")
    for line in reproducing.lines(results):
        print("\n".join(terminal.wrapped(line)))
    for remark in [*run_options.remarks(asked), *loaded.remarks()]:
        print("\n".join(terminal.wrapped(f"remark: {remark}")))
    print("   ".join([f"verdicts {shown(build.verdicts)}/*.json", *files]))
    if asked.format == "github":
        print("\n".join(github.annotations(results, loaded.unusable, build)))
        github.write_summary(github.summary(results, loaded.unusable, build))


def command(asked: argparse.Namespace) -> int:
    run_options.refuse_contradictions(asked)
    build = open_build(asked.build)
    detectors = build.chosen_detectors(asked.detector)
    loaded, runs = _chosen(asked, build, detectors)
    terminal = terminal_of(sys.stdout)
    progress = Progress()
    began = time.monotonic()
    try:
        results = _carried_out(asked, build, runs, terminal, progress)
    finally:
        progress.clear()
    seconds = time.monotonic() - began
    code = worst([one.word for one in results] + ["failed" for _ in loaded.unusable])
    files = _write_files(asked, build, loaded, results, code)
    report = _Report(results, loaded.unusable, seconds, asked.jobs, build, asked.all)
    if asked.all and not asked.names and len(runs) == len(
            plan(loaded.scenarios, build.detectors, VARIANTS)):
        build.table.write_text(report.text(plain()))
    if asked.json:
        print(json.dumps([one.verdict for one in results]
                         + [{"scenario": one.id, "verdict": "failed", "why": one.why,
                             "file": one.file} for one in loaded.unusable], indent=2))
        return code
    _print_all(asked, build, loaded, results, report.text(terminal), files)
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
