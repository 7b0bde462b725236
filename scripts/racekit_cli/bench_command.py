# SPDX-License-Identifier: MIT
"""racekit bench: the primitives beside their peers, in the same run, as ratios of medians.

A benchmark's name is `work/subject[/argument...]`. A subject of `racekit::` is ours; one that
begins with `reference` or `limit` is a limit of the machine; all others at the same work are peers.
"""
from __future__ import annotations

import argparse
import json
import re
import sys
from collections.abc import Sequence
from math import floor
from pathlib import Path

from . import child
from .build_tree import HOME, Build, open_build
from .measuring import Sample, measure_round
from .outcome import INTERNAL, Problem
from .plot import bars, time_in_words
from .progress import Progress
from .ratios import Target, Work, targets_in, works_of
from .terminal import Terminal, plain, terminal_of

TARGETS = HOME / "tests" / "bench" / "targets.json"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("families", nargs="*", metavar="FAMILY", help="default: all that are built")
    parser.add_argument("--repetitions", type=int, default=15, metavar="N",
                        help="rounds, of which the median counts (default 15)")
    parser.add_argument("--only", default="", metavar="REGEX", help="benchmarks whose name matches")
    parser.add_argument("--all", action="store_true", help="every peer, not only the fastest")
    parser.add_argument("--json", action="store_true", help="print every sample as a JSON array")


def refuse_misleading(build: Build) -> None:
    sanitized = re.search(r"-fsanitize=\S+", build.flags)
    if sanitized:
        raise Problem(f"{build.folder} is built with {sanitized[0]}: its figures would mislead",
                      "configure another build without it")
    if build.build_type not in ("Release", "RelWithDebInfo") or "-O0" in build.flags.split():
        kind = "with no build type" if not build.build_type else f"as {build.build_type}"
        if "-O0" in build.flags.split():
            kind = "with -O0"
        raise Problem(f"{build.folder} is built {kind}: its figures would mislead",
                      "configure with -DCMAKE_BUILD_TYPE=RelWithDebInfo")


def _programs(build: Build, families: Sequence[str]) -> dict[str, Path]:
    built = {path.name.removeprefix("bench."): path
             for path in sorted((build.folder / "bin").glob("bench.*")) if path.is_file()}
    if not built:
        raise Problem(f"no benchmark program in {build.folder}/bin",
                      f"build them: cmake --build {build.folder}")
    for family in families:
        if family not in built:
            raise Problem(f"no benchmark of the family '{family}'",
                          "there are: " + ", ".join(built))
    return {name: path for name, path in built.items() if not families or name in families}


def _matching(programs: dict[str, Path], only: str) -> dict[str, Path]:
    """Those that have a benchmark of such a name."""
    if not only:
        return programs
    try:
        re.compile(only)
    except re.error as broken:
        raise Problem(f"--only: '{only}' is no regular expression ({broken})") from broken
    found = {}
    for name, program in programs.items():
        listed = child.run([str(program), "--benchmark_list_tests=true",
                            f"--benchmark_filter={only}"], 60)
        if listed.code == 0 and listed.stdout.strip():
            found[name] = program
    if not found:
        raise Problem(f"no benchmark matches --only '{only}'",
                      "a name is work/subject, as the table prints them")
    return found


def _aligned(rows: Sequence[tuple[str, ...]], right_from: int, terminal: Terminal) -> str:
    widths = [max(len(row[at]) for row in rows) for at in range(len(rows[0]))]
    lines = []
    for row in rows:
        cells = [f"{text:<{width}}" if at < right_from else f"{text:>{width}}"
                 for at, (text, width) in enumerate(zip(row, widths))]
        lines.append("   ".join(cells).rstrip())
    lines[0] = terminal.paint(lines[0], "bold")
    lines.insert(1, terminal.rule(sum(widths) + 3 * (len(widths) - 1)))
    return "\n".join(lines) + "\n"


def render(works: Sequence[Work], every_peer: bool, terminal: Terminal) -> str:
    rows = [("family", "work", "subject", "peer", "ours", "peer's", "as fast", "cores", "also")]
    for work in works:
        for ours in work.ours:
            also = ", ".join(f"{name} {value:.2f}" for name, value in ours.counters.items())
            for peer in work.peers if every_peer else work.peers[:1]:
                rows.append((work.family, work.name, ours.subject, peer.subject,
                             time_in_words(ours.ns), time_in_words(peer.ns),
                             f"{peer.ns / ours.ns:.2f} x", work.cores or "-", also))
    return _aligned(rows, 4, terminal)


def _amount(ratio: float, share: float) -> str:
    """Rounded down: what is just missed must not read as if it were met."""
    ratio, share = (floor(100 * each + 1e-6) / 100 for each in (ratio, share))
    return (f"share {share:.2f}, " if share else "") + f"{ratio:.2f} x"


def render_targets(targets: Sequence[Target], works: Sequence[Work], terminal: Terminal) -> str:
    rows = [("work", "subject", "peer", "required", "reached", "")]
    why: list[str] = []
    for one in targets:
        reached = one.reached(works)
        if reached is None:
            continue
        rows.append((one.work, one.ours, reached.peer, _amount(one.required, one.share),
                     _amount(reached.ratio, reached.share),
                     terminal.mark("kept" if one.met(reached) else "broken")))
        if not one.met(reached) and one.missed:
            why.append(f"{one.work}, {one.ours}: {one.missed}")
    if len(rows) == 1:
        return ""
    return "\n" + _aligned(rows, 3, terminal) + "".join(line + "\n" for line in why)


def _conditions(samples: Sequence[Sample]) -> str:
    rounds = {(one.round, one.conditions) for one in samples}
    kinds = [conditions.cores for _, conditions in rounds]
    counted = ", ".join(f"{kinds.count(kind)} {kind}" for kind in sorted(set(kinds)))
    others = max(conditions.others for _, conditions in rounds)
    return (f"rounds by how near the cores were: {counted}; other programs used up to "
            f"{100 * others:.0f} % of the machine")


def _measure(program: Path, family: str, asked: argparse.Namespace, folder: Path,
             progress: Progress) -> list[Sample]:
    samples: list[Sample] = []
    for number in range(1, asked.repetitions + 1):
        words = f"racekit: measuring {family}, round {number} of {asked.repetitions}"
        samples += measure_round(program, number, asked.only, folder / f"{family}.round.json",
                                 progress, words)
    (folder / f"{family}.round.json").unlink(missing_ok=True)
    return samples


def command(asked: argparse.Namespace) -> int:
    build = open_build(asked.build)
    refuse_misleading(build)
    if asked.repetitions < 3:
        raise Problem("--repetitions: a median needs at least 3", "the default is 15")
    programs = _matching(_programs(build, asked.families), asked.only)
    folder = build.folder / "bench"
    folder.mkdir(exist_ok=True)
    progress = Progress()
    samples: list[Sample] = []
    works: list[Work] = []
    targets = targets_in(TARGETS)
    try:
        for family, program in programs.items():
            measured = _measure(program, family, asked, folder, progress)
            told = [one.told() for one in measured]
            (folder / f"{family}.json").write_text(json.dumps(told, indent=1) + "\n")
            of_family = works_of(family, measured)
            (folder / f"{family}.svg").write_text(bars(family, of_family))
            if not asked.only:
                (folder / f"{family}.txt").write_text(
                    render(of_family, False, plain()) + render_targets(targets, of_family, plain())
                    + _conditions(measured) + "\n")
            samples += measured
            works += of_family
    finally:
        progress.clear()
    if not any(work.ours and work.peers for work in works):
        raise Problem("nothing measured has a peer",
                      "name benchmarks work/racekit::subject and work/peer", INTERNAL)
    if asked.json:
        print(json.dumps([one.told() for one in samples], indent=2))
        return 0
    terminal = terminal_of(sys.stdout)
    print(render(works, asked.all, terminal), end="")
    print(render_targets(targets, works, terminal), end="")
    print(f"medians of {asked.repetitions} rounds; {_conditions(samples)}")
    print(f"samples {folder}/*.json, plots {folder}/*.svg")
    return 0
