# SPDX-License-Identifier: MIT
"""racekit bench --models: the ways of running work, measured and printed."""
from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from . import machine_state, models, models_table, timelines
from .aligned import aligned
from .build_tree import Build
from .outcome import KEPT, Problem
from .progress import Progress
from .terminal import Terminal, plain, terminal_of

most_columns = 72  # of a lane: it fits 80 columns


def add_arguments(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("ways of running work (--models)")
    group.add_argument("--models", action="store_true",
                       help="CPU-bound and I/O-bound work done sequentially, by threads, "
                            "coroutines, processes and a pool, in C++ and in Python")
    group.add_argument("--jobs", type=int, default=6, metavar="N",
                       help="threads, coroutines or processes (default 6)")
    group.add_argument("--duration", type=float, metavar="SECONDS",
                       help="how long CPU-bound work goes on (default 1.0; 0.1 for --timeline)")
    group.add_argument("--delay", type=int, default=50, metavar="MS",
                       help="how long the server waits in each answer that waits (default 50)")
    group.add_argument("--sweep", action="store_true",
                       help="also with 1 thread or process, up to twice as many as cores")
    group.add_argument("--timeline", action="store_true",
                       help="draw instead what each worker or request did when, on all processors "
                            "and on one")
    group.add_argument("--format", choices=("table", "tutorial"), default="table",
                       help="tutorial: the rate of each worker, and the total")


def _options(asked: argparse.Namespace) -> models.Options:
    if not 1 <= asked.jobs <= 256:
        raise Problem(f"--jobs {asked.jobs}: from 1 to 256", "the default is 6")
    usual = 0.1 if asked.timeline else 1.0
    duration = usual if asked.duration is None else asked.duration
    if not 0.01 <= duration <= 60:
        raise Problem(f"--duration {duration}: from 0.01 to 60 seconds",
                      f"the default is {usual}")
    if not 1 <= asked.delay <= 10_000:
        raise Problem(f"--delay {asked.delay}: from 1 to 10000 milliseconds", "the default is 50")
    return models.Options(asked.jobs, duration, asked.delay, asked.repetitions,
                          asked.sweep)


def _text(all_of: models.Measured, options: models.Options, cores: int,
          terminal: Terminal) -> str:
    parts = [f"{terminal.paint(title, 'bold')}\n{aligned(rows, 2, terminal)}"
             for title, rows in models_table.tables(all_of, options).items()]
    required = models_table.required(all_of, cores)
    if len(required) > 1:
        parts.append(aligned([(*row[:-1], terminal.mark(row[-1]) if row[-1] else "")
                              for row in required], 1, terminal))
    lines = [models_table.switches(all_of), *models_table.explanations(all_of, options, cores),
             *models_table.best_counts(all_of), *models_table.why_missed(required), *all_of.absent,
             "times sequential: the ratio of rates in the same language, with its 95 % interval; "
             "a tie where the interval has 1. cores: CPU time for each second. switches each: of "
             "an operation or a request, those that wait and those that are forced.",
             f"medians of {options.rounds} rounds, {cores} cores; other programs used up to "
             f"{100 * models_table.most_foreign(all_of):.0f} % of the machine"]
    parts.append("".join(f"{line}\n" for each in lines for line in terminal.wrapped(each)))
    return "\n".join(parts)


def _drawings(drawn: Sequence[timelines.Timeline], terminal: Terminal) -> str:
    lines = []
    work = ""
    for one in drawn:
        if one.work != work:
            work = one.work
            lines += ["", terminal.paint(models_table.TITLES[work], "bold")]
        lines += ["", *terminal.wrapped(one.head())]
        lines += [f"  {number} |{lane}|" for number, lane in enumerate(one.lanes, 1)]
    return "\n".join([*lines[1:], "", *terminal.wrapped(timelines.LEGEND)]) + "\n"


def _draw(asked: argparse.Namespace, program: Path, folder: Path, cores: int) -> int:
    terminal = terminal_of(sys.stdout)
    columns = min(most_columns, max(terminal.width - 6, 10))
    progress = Progress()
    try:
        drawn, absent = models.draw(program, _options(asked), folder, cores, columns, progress.show)
    finally:
        progress.clear()
    told = [one.told() for one in drawn]
    (folder / "timelines.json").write_text(json.dumps(told, indent=1) + "\n")
    if asked.json:
        print(json.dumps(told, indent=2))
        return KEPT
    print(_drawings(drawn, terminal), end="")
    for line in [*absent, f"the same as JSON: {folder / 'timelines.json'}"]:
        print("\n".join(terminal.wrapped(line)))
    return KEPT


def command(asked: argparse.Namespace, build: Build) -> int:
    program = build.folder / "bin" / models.PROGRAM
    if not program.is_file():
        raise Problem(f"no program {program}", "apt-get install libasio-dev, configure again, and "
                      f"cmake --build {build.folder} --target {models.PROGRAM}")
    options = _options(asked)
    folder = build.folder / "bench"
    (folder / "models").mkdir(parents=True, exist_ok=True)
    cores = len(os.sched_getaffinity(0))
    if asked.timeline:
        return _draw(asked, program, (folder / "models").resolve(), cores)
    remarks = machine_state.state_now()  # before its own work is the load
    progress = Progress()
    try:
        all_of = models.measure(program, options, (folder / "models").resolve(), cores,
                                progress.show)
    finally:
        progress.clear()
    samples = [{**asdict(subject), "runs": [asdict(one) for one in runs]}
               for subject, runs in all_of.runs.items()]
    (folder / "models" / "samples.json").write_text(json.dumps(samples, indent=1) + "\n")
    if asked.json:
        print(json.dumps(samples, indent=2))
        return KEPT
    terminal = terminal_of(sys.stdout)
    print("".join(f"{line}\n" for remark in remarks
                  for line in terminal.wrapped(f"remark: {remark}")), end="")
    if asked.format == "tutorial":
        print("\n".join([*models_table.as_tutorial(all_of), *all_of.absent]))
    else:
        print(_text(all_of, options, cores, terminal), end="")
        (folder / "models" / "table.txt").write_text(_text(all_of, options, cores, plain()))
    print(f"samples {folder / 'models' / 'samples.json'}")
    return KEPT
