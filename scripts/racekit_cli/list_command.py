# SPDX-License-Identifier: MIT
"""racekit list: the catalogue, or the kinds of findings."""
from __future__ import annotations

import argparse
import json
import sys

from . import catalogue, lessons, selection
from .build_tree import HOME, Build, default_folder, how_to_build, is_own_tree, open_build
from .catalogue import Loaded, Promise, Unusable
from .outcome import INTERNAL, KEPT, USAGE, Problem
from .terminal import Terminal, terminal_of


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("names", nargs="*", metavar="NAME",
                        help="family/name, name alone, or a glob such as 'queue/*'")
    parser.add_argument("--family", action="append", default=[], metavar="FAMILY")
    parser.add_argument("--kinds", action="store_true",
                        help="the kinds of findings, which a promise may name, and what each means")
    parser.add_argument("--json", action="store_true",
                        help="an array of objects: id, family, title, bug_class, cwe, promises, "
                             "threads, files and more")


def _word(said: Promise) -> str:
    return {"may_find": "may find", "absent": "-"}.get(said.sight, said.sight)


def _without_build(asked: argparse.Namespace) -> tuple[tuple[str, ...], Loaded]:
    """The files of racekit's own tree: all that is known before the first build."""
    files = sorted((HOME / "scenarios").glob("*/*.cpp"))
    ids = [f"{file.parent.name}/{file.stem}" for file in files]
    chosen = selection.chosen(asked.names, asked.family, sorted(ids, key=catalogue.order))
    return (), Loaded([], [Unusable(one, f"scenarios/{one}.cpp", "not built", is_built=False)
                           for one in chosen])


def _known(asked: argparse.Namespace) -> tuple[tuple[str, ...], Loaded]:
    try:
        build: Build = open_build(asked.build)
    except Problem as problem:
        named = asked.build != default_folder()
        if named or (asked.build / "racekit.json").exists() or not is_own_tree():
            raise
        print(f"racekit: {problem}, so only names are known; {how_to_build(asked.build)}",
              file=sys.stderr)
        return _without_build(asked)
    ids = selection.chosen(asked.names, asked.family, catalogue.ids_meant(build, asked.names))
    return build.detectors, catalogue.load(build, ids)


def _bare(one: Unusable) -> dict:
    """What can be shown of a scenario that no program describes."""
    family, _, name = one.id.partition("/")
    return {"id": one.id, "family": family, "name": name, "files": [one.file],
            "built": one.is_built, "error": one.why}


def _print_kinds(asked: argparse.Namespace) -> int:
    if asked.names or asked.family:
        raise Problem("--kinds is about all scenarios", "leave out the names", USAGE)
    kinds = catalogue.kinds(open_build(asked.build))
    if asked.json:
        print(json.dumps([{"kind": kind, "meaning": meaning} for kind, meaning in kinds], indent=2))
        return KEPT
    terminal = terminal_of(sys.stdout)
    for kind, meaning in kinds:
        print(terminal.paint(kind, "bold"))
        print("\n".join(terminal.wrapped("  " + meaning)))
    return KEPT


def command(asked: argparse.Namespace) -> int:
    if asked.kinds:
        return _print_kinds(asked)
    detectors, loaded = _known(asked)
    bad = [one for one in loaded.unusable if one.is_built]
    if asked.json:
        print(json.dumps([one.told for one in loaded.scenarios]
                         + [_bare(one) for one in loaded.unusable], indent=2))
    else:
        _print(detectors, loaded)
        _print_path(loaded)
    for one in bad:
        print(f"racekit: {one.line()}", file=sys.stderr)
    for remark in loaded.remarks():
        print(f"racekit: {remark}", file=sys.stderr)
    return INTERNAL if bad else KEPT


def _print(detectors: tuple[str, ...], loaded: Loaded) -> None:
    rows = [(one.id, one.title, one.bug_class, str(one.cwe or ""),
             *(_word(one.promises[name]) for name in detectors)) for one in loaded.scenarios]
    rows += [(one.id, "cannot be enrolled" if one.is_built else "not built", "", "",
              *("" for _ in detectors)) for one in loaded.unusable]
    rows.sort(key=lambda row: catalogue.order(row[0]))
    head = ("scenario", "title", "bug class", "CWE", *detectors)
    terminal = terminal_of(sys.stdout)
    widths = [max(len(row[at]) for row in (head, *rows)) for at in range(len(head))]
    if sum(widths) + 2 * (len(widths) - 1) <= terminal.width:
        for row in (head, *rows):
            line = "  ".join(f"{text:<{width}}" for text, width in zip(row, widths)).rstrip()
            print(terminal.paint(line, "bold") if row is head else line)
        return
    for row in rows:
        print("\n".join(_narrow(head, row, terminal)))


def _print_path(loaded: Loaded) -> None:
    ids = [one.id for one in [*loaded.scenarios, *loaded.unusable]]
    lines = lessons.lines_of_path(ids, lessons.lessons())
    if not lines:
        return
    terminal = terminal_of(sys.stdout)
    print("\n" + terminal.paint("the learning path", "bold"))
    for line in [*lines, "questions and answers: scenarios/LESSONS.md, or racekit report"]:
        print("\n".join(terminal.wrapped(line)))


def _narrow(head: tuple[str, ...], row: tuple[str, ...], terminal: Terminal) -> list[str]:
    """A scenario in a few lines, where a row of all columns does not fit."""
    name, title, bug_class, cwe, *promises = row
    kind = bug_class + (f", CWE-{cwe}" if cwe else "")
    said = "   ".join(f"{detector} {word}" for detector, word in zip(head[4:], promises)
                      if word not in ("", "-"))
    lines = [terminal.paint(name, "bold")]
    for text in (title, kind, said):
        if text:
            lines += terminal.wrapped("  " + text)
    return lines
