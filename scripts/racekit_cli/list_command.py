# SPDX-License-Identifier: MIT
"""racekit list: the catalogue."""
from __future__ import annotations

import argparse
import json
import sys

from . import catalogue, selection
from .build_tree import DETECTORS, open_build
from .catalogue import Promise
from .terminal import terminal_of


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("names", nargs="*", metavar="NAME",
                        help="family/name, name alone, or a glob such as 'queue/*'")
    parser.add_argument("--family", action="append", default=[], metavar="FAMILY")
    parser.add_argument("--json", action="store_true",
                        help="an array of objects: id, family, title, bug_class, cwe, promises, "
                             "threads, files and more")


def _word(said: Promise) -> str:
    return {"may_find": "may find", "absent": "-"}.get(said.sight, said.sight)


def command(asked: argparse.Namespace) -> int:
    build = open_build(asked.build)
    ids = selection.chosen(asked.names, asked.family, catalogue.ids_meant(build, asked.names))
    scenarios = catalogue.load(build, ids)
    if asked.json:
        print(json.dumps([one.told for one in scenarios], indent=2))
        return 0
    terminal = terminal_of(sys.stdout)
    rows = [("scenario", "title", "bug class", "CWE", *DETECTORS)]
    rows += [(one.id, one.title, one.bug_class, str(one.cwe or ""),
              *(_word(one.promises[name]) for name in DETECTORS)) for one in scenarios]
    widths = [max(len(row[at]) for row in rows) for at in range(len(rows[0]))]
    for number, row in enumerate(rows):
        line = "  ".join(f"{text:<{width}}" for text, width in zip(row, widths)).rstrip()
        print(terminal.paint(line, "bold") if number == 0 else line)
    return 0
