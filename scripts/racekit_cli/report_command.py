# SPDX-License-Identifier: MIT
"""racekit report: one page with the verdicts, the interleavings and the lessons."""
from __future__ import annotations

import argparse
import os
from pathlib import Path

from . import catalogue, lessons, selection, timelines
from .build_tree import Build, open_build
from .outcome import KEPT, Problem
from .progress import Progress
from .report import gather, page
from .run_options import at_least_one, file_name
from .written import write_file


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("names", nargs="*", metavar="NAME",
                        help="family/name, name alone, or a glob; default: all that are built")
    parser.add_argument("--html", type=file_name, required=True, metavar="FILE",
                        help="the page: one file, without a network and readable without "
                             "JavaScript")
    parser.add_argument("--verdicts", type=Path, metavar="DIR",
                        help="the folder of the verdict files (default: verdicts/ of the build)")
    parser.add_argument("--no-graphs", action="store_true",
                        help="leave out 'You are the scheduler': the page is made faster")
    parser.add_argument("--jobs", type=at_least_one, default=len(os.sched_getaffinity(0)),
                        metavar="N", help="programs at a time")


def plots_of(build: Build) -> list[Path]:
    """The plots of the last bench of this build, and the published ones of other families."""
    files = {file.stem: file for folder in (page.PUBLISHED, build.folder / "bench")
             for file in sorted(folder.glob("*.svg"))}
    return list(files.values())


def timelines_of(build: Build) -> list[timelines.Timeline]:
    """Of the last bench of this build, else the published ones."""
    return (timelines.read(build.folder / "bench" / "models" / "timelines.json")
            or timelines.read(page.PUBLISHED / "timelines.json"))


def command(asked: argparse.Namespace) -> int:
    build = open_build(asked.build)
    folder = asked.verdicts or build.verdicts
    if asked.verdicts and not folder.is_dir():
        raise Problem(f"no folder {folder}", "name the folder of the verdict files")
    ids = selection.chosen(asked.names, [], catalogue.ids(build))
    loaded = catalogue.load(build, ids)
    if not loaded.scenarios:
        raise Problem(loaded.unusable[0].line(), "")
    progress = Progress()
    try:
        gathered = gather.gather(
            loaded.scenarios, build, folder, asked.jobs, not asked.no_graphs,
            lambda done, of: progress.show(f"racekit: report, {done} of {of} scenarios"))
    finally:
        progress.clear()
    text = page.render(gathered, build, lessons.lessons(),
                       page.Measured(plots_of(build), timelines_of(build)))
    size = len(text.encode())
    if size > page.largest:
        raise Problem(f"the page would have {size:,} bytes, more than {page.largest:,}",
                      "name fewer scenarios, or add --no-graphs")
    write_file(asked.html, text, "page", "--html")
    for line in gathered.left_out:
        print(f"left out: {line}")
    not_built = len(loaded.unusable)
    count = len(gathered.entries)
    print(f"{asked.html}: {count} scenario{'s' if count != 1 else ''}, {size:,} bytes"
          + (f"; not built, so not in it: {not_built}" if not_built else ""))
    return KEPT
