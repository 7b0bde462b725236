# SPDX-License-Identifier: MIT
"""racekit explore: one scenario in the model, or a program that racekit_add_program() built, by a
strategy and a budget of the user."""
from __future__ import annotations

import argparse
import json
import os
import re
import sys
import tempfile
from pathlib import Path
from typing import Any

from . import building, catalogue, child
from .build_tree import open_build, program_name
from .outcome import HANG, INTERNAL, USAGE, VERDICT_CODES, Problem
from .run_options import at_least_one, whole
from .runs import MEMORIES, VARIANTS, backstop
from .terminal import terminal_of

STRATEGIES = ("exhaustive", "bounded", "pct", "pos", "random")
_seconds_of = {"": 1.0, "ms": 0.001, "s": 1.0, "min": 60.0, "h": 3600.0}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("name", metavar="NAME",
                        help="family/name or name alone; or the path of a program that "
                             "racekit_add_program() built, as in ./my_test.model")
    parser.add_argument("words", nargs="*", metavar="WORD", help="of the program's own, behind --")
    parser.add_argument("--variant", choices=VARIANTS, default="fixed")
    parser.add_argument("--strategy", choices=STRATEGIES,
                        help="default: a few thousand executions of bounded, then exhaustive and, "
                             "if that does not end, all the others in turn")
    parser.add_argument("--memory", choices=MEMORIES,
                        help="C++20 exactly (default), or Relacy's")
    parser.add_argument("--jobs", type=at_least_one, default=1, metavar="N",
                        help="processes that search side by side")
    parser.add_argument("--time", type=duration, metavar="T", help="as in 500ms, 10s, 5min, 2h")
    parser.add_argument("--executions", type=at_least_one, metavar="N", help="at most")
    parser.add_argument("--seed", type=whole, metavar="N")
    parser.add_argument("--depth", type=at_least_one, metavar="D",
                        help="of pct: how many steps must come in a certain order (default 3)")
    parser.add_argument("--shard", metavar="I/N", help="the I-th of N parts of the whole")
    parser.add_argument("--checkpoint", type=Path, metavar="FILE",
                        help="where to leave off, and to go on from if it is there")
    parser.add_argument("--robustness", action="store_true",
                        help="whether every execution is sequentially consistent; one that is not "
                             "is shown")
    parser.add_argument("--require-robustness", action="store_true",
                        help="the same; exit code 1 if one is not, 3 if that is not known")
    building.add_argument(parser)


def duration(text: str) -> float:
    """Seconds of '10s', '500ms', '5min', '2h' or a bare number."""
    parts = re.fullmatch(r"(\d+\.?\d*|\.\d+)\s*(ms|s|min|h|)", text, re.ASCII)
    seconds = float(parts[1]) * _seconds_of[parts[2]] if parts else 0.0
    if not 0.0 < seconds < 1e9:
        raise argparse.ArgumentTypeError(f"a time is wanted, as in 10s or 5min, not '{text}'")
    return seconds


def options(asked: argparse.Namespace) -> list[str]:
    told = ["--jobs", str(asked.jobs)]
    for option, value in (("strategy", asked.strategy), ("seconds", asked.time),
                          ("executions", asked.executions), ("seed", asked.seed),
                          ("depth", asked.depth), ("memory", asked.memory), ("shard", asked.shard),
                          ("checkpoint", asked.checkpoint)):
        if value is not None:
            told += [f"--{option}", str(value)]
    if asked.require_robustness:
        told.append("--require-robustness")
    elif asked.robustness:
        told.append("--robustness")
    return told


def figures(verdict: dict[str, Any], jobs: int) -> str:
    """How fast it was and what it covered, in one line."""
    reach, seconds = verdict["reach"], verdict["seconds"]
    count, pruned, first = (reach.get(key, 0) for key in ("count", "pruned", "deepening"))
    text = f"{count:,} executions"
    if pruned:
        text += f" (+{pruned:,} pruned)"
    if first:
        text += f" after {first:,} with few preemptions"
    text += f" in {seconds:.2f} s"
    if seconds > 0:
        text += f", {(count + pruned + first) / seconds:,.0f}/s"
    if jobs > 1:
        text += f" by {jobs} workers"
    if reach.get("distinct"):
        text += f", {reach['distinct']:,} distinct"
    covered = reach.get("covered", 0)
    if 0 < covered < 1 and seconds > 0 and not verdict["finding"]:
        text += (f"; about {100 * covered:.2g} % covered, "
                 f"{_long(seconds / covered - seconds)} more would exhaust it")
    return text


def _long(seconds: float) -> str:
    for length, name in ((31_557_600, "years"), (86_400, "days"), (3_600, "h"), (60, "min")):
        if seconds >= 2 * length:
            return f"{seconds / length:,.0f} {name}"
    return f"{seconds:.0f} s"


def command(asked: argparse.Namespace) -> int:
    if is_program(asked.name):
        words = ["--", *asked.words] if asked.words else []
        path = Path(asked.name)
        if not is_of_the_kit(path):
            raise Problem(f"{asked.name} is no program of racekit",
                          "racekit_add_program(my_test) builds one: my_test.model", USAGE)
        return explored([str(path.resolve())], words, path.name, asked)
    if asked.name.startswith(("/", "./", "../")):
        what = "no file that can be run" if Path(asked.name).exists() else "not there"
        raise Problem(f"{asked.name} is {what}",
                      "name a program that racekit_add_program() builds: my_test.model", USAGE)
    if asked.words:
        raise Problem(f"'{asked.words[0]}' is for a program's path alone", "leave it out", USAGE)
    build = open_build(asked.build)
    scenario = catalogue.id_meant(build, asked.name)
    failed = building.make_current(build, [scenario], ["model"], asked.no_build)
    if failed:
        raise Problem(f"{scenario} {failed[scenario]}", "correct it first", INTERNAL)
    one = catalogue.one_named(build, asked.name)
    if not one.hosts("model"):
        raise Problem(f"{one.id} has no model: {one.promises['model'].words}",
                      "racekit run looks at it with the other detectors")
    program = build.program(one.id, "model")
    if program is None or not program.is_file():
        raise Problem(f"the model program of {one.id} is not built",
                      f"build it: cmake --build {build.folder}")
    return explored([str(program), "--scenario", one.id, "--variant", asked.variant,
                     "--detector", "model"], [], program.name, asked)


def is_program(name: str) -> bool:
    """A path, and not the id of a scenario."""
    return os.access(name, os.X_OK) and Path(name).is_file()


def is_of_the_kit(program: Path) -> bool:
    """Any other one would do what it does, with options that it does not know."""
    return b"racekit" in program.read_bytes()


def explored(command: list[str], words: list[str], name: str, asked: argparse.Namespace) -> int:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "verdict.json"
        ended = child.run([*command, "--json", str(file), *options(asked), "--progress",
                           "--width", str(terminal_of(sys.stdout).width), *words],
                          (asked.time or 0) + backstop, show_errors=True)
        verdict = json.loads(file.read_text()) if file.is_file() else None
    sys.stdout.write(ended.stdout)
    if ended.timed_out:
        raise Problem(f"{name} went on {backstop:.0f} s past its time and was killed",
                      "", HANG)
    if ended.code == USAGE:
        return USAGE  # it has said why
    if ended.code not in VERDICT_CODES.values() or verdict is None:
        raise Problem(f"{name} ended with {ended.killer or ended.code}",
                      f"{program_name()} doctor checks this machine", INTERNAL)
    print("  " + figures(verdict, asked.jobs), flush=True)
    return ended.code
