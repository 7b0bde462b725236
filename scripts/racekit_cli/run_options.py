# SPDX-License-Identifier: MIT
"""The options of racekit run, and how their values are read."""
from __future__ import annotations

import argparse
from pathlib import Path

from . import building
from .outcome import Problem
from .reproducing import LONGEST, STANDARD, Again
from .run_order import seed_of_the_day, shard
from .runs import MEMORIES, VARIANTS
from .terminal import Terminal


def whole(text: str) -> int:
    if not text.isascii() or not text.isdigit() or int(text) >= 1 << 64:
        raise argparse.ArgumentTypeError(f"a whole number of 64 bits is wanted, not '{text}'")
    return int(text)


def times_or_broken(text: str) -> str:
    return text if text == "broken" else str(whole(text))


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


def folder_name(text: str) -> Path:
    path = Path(text)
    if not text or (path.exists() and not path.is_dir()):
        raise argparse.ArgumentTypeError(f"a folder is wanted, '{text}' is none")
    return path


def above_zero(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = 0.0
    if not 0.0 < value < 1e9:
        raise argparse.ArgumentTypeError(f"a number above zero is wanted, not '{text}'")
    return value


def add_arguments(parser: argparse.ArgumentParser) -> None:
    _add_choice(parser)
    _add_budget(parser)
    _add_order(parser)
    _add_output(parser)
    building.add_argument(parser)


def _add_choice(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("names", nargs="*", metavar="NAME",
                        help="family/name, name alone, or a glob such as 'queue/*'")
    parser.add_argument("--all", action="store_true", help="the whole catalogue")
    parser.add_argument("--family", action="append", default=[], metavar="FAMILY")
    parser.add_argument("--detector", action="append", default=[], metavar="DETECTOR",
                        help="stress, process, tsan or model; default: all")
    parser.add_argument("--variant", choices=(*VARIANTS, "both"), default="both")


def _add_budget(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--executions", type=at_least_one, metavar="N",
                        help="executions, rounds or runs at most")
    parser.add_argument("--seconds", type=above_zero, metavar="S", help="budget of each run")
    parser.add_argument("--scale", type=above_zero, metavar="X",
                        help="multiply every detector's own budget: 0.2 for a quick look, 10 for "
                             "a night")
    parser.add_argument("--mode", metavar="WORD", help="a detector's own word, handed on to it")
    parser.add_argument("--memory", choices=MEMORIES,
                        help="of the model: C++20 exactly (default), or Relacy's")
    parser.add_argument("--jobs", type=at_least_one, default=1, metavar="N", help="at a time")


def _add_order(parser: argparse.ArgumentParser) -> None:
    seeds = parser.add_mutually_exclusive_group()
    seeds.add_argument("--seed", type=whole, metavar="N")
    seeds.add_argument("--seed-of-the-day", action="store_true",
                       help="today's date (UTC) as the seed: another one each day, the same "
                            "everywhere")
    parser.add_argument("--shard", type=shard, metavar="I/N",
                        help="only the I-th of N parts of the runs, for N machines")
    parser.add_argument("--shuffle", action="store_true",
                        help="in an order that the seed decides, instead of the catalogue's")
    parser.add_argument("--repeat", type=at_least_one, default=1, metavar="N",
                        help="N turns with seeds one after the other; the worst verdict counts")
    parser.add_argument("--reproduce", type=times_or_broken, metavar="N",
                        help="look N times more for each finding of real threads or processes; "
                             f"'broken': {STANDARD} times, only for those that break a promise "
                             f"(default: {STANDARD} with --sarif, --junit, --artefacts or "
                             "--format github, else broken)")
    parser.add_argument("--reproduce-seconds", type=above_zero, default=LONGEST, metavar="S",
                        help=f"at most so long for each of them (default: {LONGEST:.0f})")


def _add_output(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help="print the verdicts as a JSON array")
    parser.add_argument("--format", choices=("table", "github"), default="table",
                        help="github: annotations as well, and a summary in $GITHUB_STEP_SUMMARY")
    parser.add_argument("--junit", type=file_name, metavar="FILE", help="write JUnit XML as well")
    parser.add_argument("--sarif", type=file_name, metavar="FILE",
                        help="write SARIF 2.1.0 as well, with the interleavings")
    parser.add_argument("--artefacts", type=folder_name, metavar="DIR",
                        help="a folder for each finding: trace, schedule, seed, build id, and the "
                             "command that repeats it")


def seed_of(asked: argparse.Namespace) -> int | None:
    return seed_of_the_day() if asked.seed_of_the_day else asked.seed


def program_options(asked: argparse.Namespace, terminal: Terminal, turn: int) -> list[str]:
    """What the programs are told. Each turn has a seed of its own."""
    seed = seed_of(asked)
    if turn > 0:
        seed = ((1 if seed is None else seed) + turn) % (1 << 64)
    options = ["--width", str(terminal.width)]
    for name, value in (("seed", seed), ("executions", asked.executions),
                        ("seconds", asked.seconds), ("scale", asked.scale), ("mode", asked.mode),
                        ("memory", asked.memory)):
        if value is not None:
            options += [f"--{name}", str(value)]
    return options


def refuse_contradictions(asked: argparse.Namespace) -> None:
    if asked.json and asked.format == "github":
        raise Problem("--json and --format github both print to the standard output",
                      "leave one of them out")


def again(asked: argparse.Namespace) -> Again:
    """How often findings are looked for again: all of them where a CI system reads the result."""
    is_read = asked.sarif or asked.junit or asked.artefacts or asked.format == "github"
    wanted = asked.reproduce
    if wanted is None:
        wanted = str(STANDARD) if is_read else "broken"
    only_broken = wanted == "broken"
    return Again(STANDARD if only_broken else int(wanted), only_broken, asked.reproduce_seconds,
                 asked.jobs)


def remarks(asked: argparse.Namespace) -> list[str]:
    """What the user must know to have the same runs again."""
    lines = []
    if asked.seed_of_the_day:
        lines.append(f"seed of the day: --seed {seed_of(asked)}")
    if asked.shuffle:
        lines.append(f"shuffled by the seed {1 if seed_of(asked) is None else seed_of(asked)}")
    if asked.shard:
        lines.append(f"shard {asked.shard.number} of {asked.shard.of}")
    return lines
