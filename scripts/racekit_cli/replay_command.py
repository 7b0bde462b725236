# SPDX-License-Identifier: MIT
"""racekit replay: hands a schedule to the program it came from and lets it speak.

If the source has changed since, the program follows the schedule as far as it goes and looks near
it; --exact refuses such a schedule. Exit codes: 0 promise kept, 1 broken (so is one whose mistake
does not come up), 2 usage (with --exact also another program than the schedule's), 3 inconclusive
(another program, and the finding did not come up again), 4 hang, 70 internal.
"""
from __future__ import annotations

import argparse
import sys

from . import building, catalogue, child
from .build_tree import open_build, program_name
from .outcome import HANG, INTERNAL, VERDICT_CODES, USAGE, Problem
from .runs import MEMORIES, VARIANTS, backstop
from .terminal import terminal_of


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("name", metavar="NAME", help="family/name or name alone")
    parser.add_argument("--schedule", required=True, metavar="S", help="as the finding gave it")
    parser.add_argument("--exact", action="store_true",
                        help="refuse it, exit code 2, if the source has changed since")
    parser.add_argument("--variant", choices=VARIANTS, default="racy")
    parser.add_argument("--detector", default="model", metavar="DETECTOR",
                        help="the one that found it, tsan or model (default model)")
    parser.add_argument("--memory", choices=MEMORIES, help="as the finding gave it")
    parser.add_argument("--robustness", action="store_true", help="as the finding gave it")
    building.add_argument(parser)


def command(asked: argparse.Namespace) -> int:
    build = open_build(asked.build)
    build.chosen_detectors([asked.detector])
    scenario = catalogue.id_meant(build, asked.name)
    failed = building.make_current(build, [scenario], [asked.detector], asked.no_build)
    if failed:
        raise Problem(f"{scenario} {failed[scenario]}", "correct it first", INTERNAL)
    one = catalogue.one_named(build, asked.name)
    if not one.hosts(asked.detector):
        raise Problem(f"{one.id} has no {asked.detector}: {one.promises[asked.detector].words}",
                      "replay it with the detector that found it")
    program = build.program(one.id, asked.detector)
    if program is None or not program.is_file():
        missing = build.tsan_missing if asked.detector == "tsan" else ""
        raise Problem(f"the {asked.detector} program of {one.id} is not built",
                      missing or f"build it: cmake --build {build.folder}")
    ended = child.run([str(program), "--scenario", one.id, "--variant", asked.variant,
                       "--detector", asked.detector, "--schedule", asked.schedule,
                       *(["--exact"] if asked.exact else []),
                       *(["--memory", asked.memory] if asked.memory else []),
                       *(["--robustness"] if asked.robustness else []),
                       "--width", str(terminal_of(sys.stdout).width)], backstop)
    sys.stdout.write(ended.stdout)
    sys.stdout.flush()
    sys.stderr.write(ended.stderr)
    if ended.timed_out:
        raise Problem(f"{program.name} still ran after {backstop:.0f} s and was killed", "", HANG)
    if ended.code not in (*VERDICT_CODES.values(), USAGE):
        raise Problem(f"{program.name} ended with {ended.killer or ended.code}",
                      f"{program_name()} doctor checks this machine", INTERNAL)
    return ended.code
