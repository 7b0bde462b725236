# SPDX-License-Identifier: MIT
"""racekit doctor: what this machine must have and allow, a line each, with what to do; then which
flavours work here."""
from __future__ import annotations

import argparse
import sys

from .build_tree import open_build
from .machine_checks import FLAVOURS, Finding, examine
from .outcome import BROKEN, KEPT, Problem
from .terminal import Terminal, terminal_of


def add_arguments(parser: argparse.ArgumentParser) -> None:
    del parser


def _print(one: Finding, terminal: Terminal) -> None:
    state = terminal.paint("problem", "red") if one.problem else terminal.paint("ok     ", "green")
    needed = "" if set(one.flavours) in (set(), set(FLAVOURS)) else f" [{', '.join(one.flavours)}]"
    print(f"{state}  {one.what:<16} {one.seen}{needed}")
    if one.problem:
        print(f"{'':<25} do: {one.problem}")


def command(asked: argparse.Namespace) -> int:
    try:
        build = open_build(asked.build)
    except Problem:
        build = None
    terminal = terminal_of(sys.stdout)
    findings, flavours = examine(build)
    for one in findings + flavours:
        _print(one, terminal)
    return BROKEN if any(one.problem for one in findings) else KEPT
