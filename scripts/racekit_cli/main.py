# SPDX-License-Identifier: MIT
"""Reads the command line and hands over to one command."""
from __future__ import annotations

import argparse
import difflib
import os
import re
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn

from . import (advise_command, bench_command, doctor_command, explore_command, list_command,
               mutate_command, readme_command, replay_command, report_command, run_command,
               show_command, suggest_command, watch_command)
from .build_tree import default_folder
from .outcome import INTERNAL, Problem

_commands = {
    "list": (list_command, "the catalogue: id, title, bug class, promises"),
    "run": (run_command, "run scenarios under their detectors and judge what was seen"),
    "show": (show_command, "a scenario's description, its difference, an interleaving"),
    "explore": (explore_command, "search one scenario's executions with a strategy and a budget"),
    "mutate": (mutate_command, "weaken every memory order in turn; tell which goes unnoticed"),
    "suggest-orders": (suggest_command, "memory orders as weak as programs allow"),
    "replay": (replay_command, "repeat a finding from its schedule"),
    "advise": (advise_command, "which way of running work fits: questions, an answer, its cost"),
    "report": (report_command, "one page: verdicts, interleavings to step through, lessons"),
    "doctor": (doctor_command, "check this machine: compiler, TSan, limits"),
    "bench": (bench_command, "measure the primitives beside their peers"),
    "readme": (readme_command, "put the last measured tables into the README files"),
    "watch": (watch_command, ""),
}


class _Parser(argparse.ArgumentParser):
    """Says what is wrong in one line and what to do in another; the usage is for --help."""

    def error(self, message: str) -> NoReturn:
        hint = f"see: {self.prog} --help"
        unknown = re.search(r"invalid choice: '(.*?)' \(choose from (.*)\)", message)
        if unknown:
            known = [word for word in re.findall(r"'(.*?)'", unknown[2])
                     if word not in _commands or _commands[word][1]]
            close = difflib.get_close_matches(unknown[1], known, n=1, cutoff=0.5)
            argument = message.partition(":")[0].removeprefix("argument ")
            message = (f"unknown command '{unknown[1]}'" if argument == "COMMAND"
                       else f"{argument} does not know '{unknown[1]}'")
            hint = f"did you mean {close[0]}?" if close else "one of: " + ", ".join(known)
        raise Problem(message, hint)


def _parser() -> _Parser:
    parser = _Parser(prog="racekit", allow_abbrev=False,
                     description="Runs race scenarios under their detectors.",
                     epilog="exit codes: 0 every promise kept, 1 one broken, 2 usage, "
                            "3 inconclusive, 4 hang, 70 internal")
    parser.add_argument("--build", type=Path, default=default_folder(), metavar="DIR",
                        help="the build folder (default: $RACEKIT_BUILD or build/)")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", parser_class=_Parser)
    for name, (module, summary) in _commands.items():
        described = {"help": summary, "description": summary} if summary else {}
        one = commands.add_parser(name, allow_abbrev=False, **described)
        module.add_arguments(one)
    return parser


def _complain(problem: Problem) -> int:
    print(f"racekit: {problem}" + (f"; {problem.hint}" if problem.hint else ""), file=sys.stderr)
    return problem.code


def _cannot_write(failed: OSError) -> int:
    if os.environ.get("RACEKIT_DEBUG"):
        raise failed
    if failed.filename is None:  # of a file it would be known
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return _complain(Problem(f"cannot write to the standard output: {failed.strerror}",
                                 "", INTERNAL))
    return _complain(Problem(f"{failed.filename}: {failed.strerror}",
                             "make it readable and writable, or name another --build", INTERNAL))


# All that these do is to print.
_printing = {"list", "show", "advise"}


def _open_closed_streams() -> bool:
    """Opens the null device in place of each standard stream that is closed, as by `>&-`: the next
    file that is opened would take its number. Returns whether the standard output was open."""
    was_open = sys.stdout is not None
    for number, name in enumerate(("stdin", "stdout", "stderr")):
        if getattr(sys, name) is None:
            os.open(os.devnull, os.O_RDWR)  # the lowest number that is free: this one
            setattr(sys, name, os.fdopen(number, "r" if number == 0 else "w", closefd=False))
    return was_open


def _unprinted(command: str, code: int) -> int:
    """Of a command that does something, the exit code is left."""
    if command in _printing and code == 0:
        return _complain(Problem("cannot write to the standard output: it is closed", "", INTERNAL))
    print("racekit: the standard output is closed: nothing is printed; the exit code tells the "
          "verdict", file=sys.stderr)
    return code


def main(arguments: Sequence[str]) -> int:
    has_output = _open_closed_streams()
    try:
        asked = _parser().parse_args(arguments)
        if asked.command is None:
            raise Problem("no command given", "one of: " + ", ".join(
                name for name, (_, summary) in _commands.items() if summary))
        code = _commands[asked.command][0].command(asked)
        sys.stdout.flush()
        return code if has_output else _unprinted(asked.command, code)
    except Problem as problem:
        return _complain(problem)
    except KeyboardInterrupt:
        print("racekit: stopped", file=sys.stderr)
        return 128 + 2
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 128 + 13
    except OSError as failed:
        return _cannot_write(failed)
    except Exception as failed:  # whatever it is, 1 would mean a broken promise
        if os.environ.get("RACEKIT_DEBUG"):
            raise
        what = f"internal error, {type(failed).__name__}: {str(failed) or 'no more is known'}"
        return _complain(Problem(what, "RACEKIT_DEBUG=1 shows where", INTERNAL))
