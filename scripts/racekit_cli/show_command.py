# SPDX-License-Identifier: MIT
"""racekit show: the description of a scenario, its difference, an interleaving of each variant."""
from __future__ import annotations

import argparse
import difflib
import re
import sys
from pathlib import Path

from . import building, catalogue, child
from .build_tree import Build, open_build
from .catalogue import Scenario
from .outcome import INTERNAL, KEPT, Problem
from .runs import backstop
from .terminal import Terminal, terminal_of


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("name", metavar="NAME", help="family/name or name alone")
    building.add_argument(parser)


def description_of(source: str) -> str:
    """The header comment, without its slashes."""
    lines = []
    for line in source.splitlines():
        if not line.startswith("//"):
            break
        lines.append(line.removeprefix("//").removeprefix(" "))
    return "\n".join(lines)


def struct_of(source: str, name: str) -> list[str]:
    """The lines of `struct name ... };`, found by its braces."""
    lines = source.splitlines()
    begins = re.compile(rf"^\s*(struct|class)\s+{name}\b[^;]*$")
    for first, line in enumerate(lines):
        if not begins.match(line):
            continue
        depth = 0
        for last in range(first, len(lines)):
            code = re.sub(r"//.*|\"(\\.|[^\"\\])*\"|'(\\.|[^'\\])'", "", lines[last])
            depth += code.count("{") - code.count("}")
            if depth == 0 and "{" in "".join(lines[first:last + 1]):
                return lines[first:last + 1]
    one_line = re.compile(rf"^\s*(struct|class|using)\s+{name}\b.*;")
    return [line for line in lines if one_line.match(line)][:1]


def _unmarked(line: str) -> str:
    return re.sub(r"\s*// <- race.*$", "", line)


def difference(racy: list[str], fixed: list[str]) -> list[str]:
    """Lines led by '-' (racy only), '+' (fixed only) or ' ' (both); a mark makes no difference."""
    lines: list[str] = []
    matcher = difflib.SequenceMatcher(None, [_unmarked(line) for line in racy],
                                      [_unmarked(line) for line in fixed], autojunk=False)
    for what, from_racy, to_racy, from_fixed, to_fixed in matcher.get_opcodes():
        if what == "equal":
            lines += [" " + line for line in racy[from_racy:to_racy]]
        else:
            lines += ["-" + line for line in racy[from_racy:to_racy]]
            lines += ["+" + line for line in fixed[from_fixed:to_fixed]]
    return lines


def _difference(one: Scenario, source: str, terminal: Terminal) -> list[str]:
    if len(one.variants) == 1:
        return ["  a test: it has no racy variant"]
    racy, fixed = struct_of(source, "racy"), struct_of(source, "fixed")
    if not racy or not fixed:
        return ["  the variants are not written as struct racy and struct fixed: see the file"]
    styles = {"-": "red", "+": "green", " ": ""}
    return [terminal.paint(piece, styles[line[0]]) for line in difference(racy, fixed)
            for piece in terminal.verbatim("  " + line.rstrip())]


def _interleaving(one: Scenario, variant: str, build: Build, terminal: Terminal) -> list[str]:
    if not one.hosts("model"):
        return [f"  none: no model of it ({one.promises['model'].words})"]
    program = build.program(one.id, "model")
    if program is None or not program.is_file():
        return [f"  its model program is not built: cmake --build {build.folder}"]
    ended = child.run([str(program), "--scenario", one.id, "--variant", variant, "--detector",
                       "model", "--show", "--width", str(max(terminal.width - 2, 20))], backstop)
    if ended.timed_out:
        return [f"  still running after {backstop:.0f} s, killed"]
    lines = [f"  {line}" for line in ended.stdout.splitlines()]
    if ended.code != KEPT or not lines:
        lines.append(f"  {program.name} ended with {ended.killer or ended.code}: "
                     f"{ended.last_words or 'see above'}")
    return lines


def _promises(one: Scenario, terminal: Terminal) -> list[str]:
    lines: list[str] = []
    for detector, said in one.promises.items():
        words = f" ({said.words})" if said.words else ""
        lines += terminal.wrapped(f"  {detector:<8} {said.sight.replace('_', ' ')}{words}", "", 9)
    if one.told.get("blind_why"):
        lines += terminal.wrapped(f"  blind because: {one.told['blind_why']}")
    return lines


def _head(one: Scenario, terminal: Terminal) -> list[str]:
    kind = one.bug_class + (f", CWE-{one.cwe}" if one.cwe else "")
    lines = [f"  {kind}, {one.count} {one.cast}", f"  {Path(one.told['files'][0])}"]
    if one.told.get("reference"):
        lines.append(f"  after: {one.told['reference']}")
    return [piece for line in lines for piece in terminal.wrapped(line)]


def _source_of(one: Scenario, build: Build) -> str:
    file = build.source / one.told["files"][0]
    try:
        return file.read_text()
    except OSError as failed:
        raise Problem(f"cannot read {file}: {failed.strerror}",
                      "the scenario's source must be where it was when it was built") from failed


def command(asked: argparse.Namespace) -> int:
    build = open_build(asked.build)
    scenario = catalogue.id_meant(build, asked.name)
    failed = building.make_current(build, [scenario], ["model"], asked.no_build)
    if failed:
        raise Problem(f"{scenario} {failed[scenario]}", "correct it first", INTERNAL)
    one = catalogue.one_named(build, asked.name)
    terminal = terminal_of(sys.stdout)
    source = _source_of(one, build)

    def section(title: str, lines: list[str]) -> None:
        print("\n".join(terminal.wrapped(title, "bold")))
        print("\n".join(lines) + "\n")

    section(f"{one.id}: {one.title}", _head(one, terminal))
    section("Description", [piece for line in description_of(source).splitlines()
                      for piece in terminal.verbatim("  " + line if line else "")])
    section("From racy to fixed", _difference(one, source, terminal))
    for variant in one.variants:
        section(f"An interleaving of the {variant} variant",
                _interleaving(one, variant, build, terminal))
    section("Promises on the racy variant" if len(one.variants) > 1 else "Detectors",
            _promises(one, terminal))
    return 0
