"""racekit replay: hands a schedule to the program it came from and lets it speak."""
from __future__ import annotations

import argparse
import sys

from . import catalogue, child, selection
from .build_tree import DETECTORS, open_build
from .outcome import HANG, INTERNAL, VERDICT_CODES, USAGE, Problem
from .runs import VARIANTS, backstop


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("name", metavar="NAME", help="family/name or name alone")
    parser.add_argument("--schedule", required=True, metavar="S", help="as the finding gave it")
    parser.add_argument("--variant", choices=VARIANTS, default="racy")
    parser.add_argument("--detector", choices=DETECTORS, default="model")


def command(asked: argparse.Namespace) -> int:
    build = open_build(asked.build)
    one, = catalogue.load(build, [selection.one_by_name(asked.name, catalogue.ids(build))])
    if not one.hosts(asked.detector):
        raise Problem(f"{one.id} has no {asked.detector}: {one.promises[asked.detector].words}",
                      "replay it with the detector that found it")
    program = build.program(one.id, asked.detector)
    if program is None or not program.is_file():
        missing = build.tsan_missing if asked.detector == "tsan" else ""
        raise Problem(f"the {asked.detector} program of {one.id} is not built",
                      missing or f"build it: cmake --build {build.folder}")
    ended = child.run([str(program), "--variant", asked.variant, "--detector", asked.detector,
                       "--schedule", asked.schedule], backstop)
    sys.stdout.write(ended.stdout)
    sys.stdout.flush()
    sys.stderr.write(ended.stderr)
    if ended.timed_out:
        raise Problem(f"{program.name} still ran after {backstop:.0f} s and was killed", "", HANG)
    if ended.code not in (*VERDICT_CODES.values(), USAGE):
        raise Problem(f"{program.name} ended with {ended.killer or ended.code}",
                      "scripts/racekit doctor checks this machine", INTERNAL)
    return ended.code
