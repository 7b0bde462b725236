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

from . import baseline, bench_compare, child, comparing, ladder, machine_state, models_command
from .aligned import aligned
from .build_tree import HOME, Build, open_build
from .measuring import Sample, measure_round
from .outcome import INTERNAL, KEPT, Problem
from .plot import bars, time_in_words
from .progress import Progress
from .ratios import Figure, Target, Work, targets_in, works_of
from .run_options import file_name
from .terminal import Terminal, plain, terminal_of

TARGETS = HOME / "tests" / "bench" / "targets.json"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("families", nargs="*", metavar="FAMILY", help="default: all that are built")
    parser.add_argument("--repetitions", type=int, default=15, metavar="N",
                        help="rounds, of which the median counts (default 15)")
    parser.add_argument("--only", default="", metavar="REGEX", help="benchmarks whose name matches")
    parser.add_argument("--all", action="store_true", help="every peer, not only the fastest")
    parser.add_argument("--json", action="store_true", help="print every sample as a JSON array")
    parser.add_argument("--save", type=file_name, metavar="FILE",
                        help="keep the samples as a baseline of this machine")
    parser.add_argument("--against", type=Path, metavar="FILE",
                        help="compare with a baseline; exit code 1 if something became slower "
                             "beyond the noise, 3 if nothing can be compared")
    parser.add_argument("--ab", type=Path, metavar="DIR",
                        help="compare with another build, whose rounds take turns with this one's")
    parser.add_argument("--ladder", action="store_true",
                        help="one table of what each way of sharing costs, beside the limit of "
                             "the machine and Python")
    parser.add_argument("--noisy", action="store_true",
                        help="let rounds count in which other programs used the machine")
    models_command.add_arguments(parser)


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


def _as_fast(ours: Figure, peer: Figure) -> str:
    """The ratio of medians, and its 95 % interval where there are enough rounds for one."""
    words = f"{peer.ns / ours.ns:.2f} x"
    if min(ours.count, peer.count) < comparing.fewest:
        return words
    _, low, high = comparing.interval(ours.times, peer.times)
    return f"{words} [{low:.2f}, {high:.2f}]"


def render(works: Sequence[Work], every_peer: bool, terminal: Terminal) -> str:
    rows = [("family", "work", "subject", "peer", "ours", "peer's", "as fast", "cores", "also")]
    for work in works:
        for ours in work.ours:
            also = ", ".join(f"{name} {value:.2f}" for name, value in ours.counters.items())
            for peer in work.peers if every_peer else work.peers[:1]:
                rows.append((work.family, work.name, ours.subject, peer.subject,
                             time_in_words(ours.ns), time_in_words(peer.ns),
                             _as_fast(ours, peer), work.cores or "-", also))
    return aligned(rows, 4, terminal)


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
    return "\n" + aligned(rows, 3, terminal) + "".join(line + "\n" for line in why)


def _conditions(samples: Sequence[Sample]) -> str:
    rounds = {(one.round, one.conditions) for one in samples}
    kinds = [conditions.cores for _, conditions in rounds]
    counted = ", ".join(f"{kinds.count(kind)} {kind}" for kind in sorted(set(kinds)))
    others = max(conditions.others for _, conditions in rounds)
    return (f"rounds by how near the cores were: {counted}; other programs used up to "
            f"{100 * others:.0f} % of the machine")


def _measure(programs: Sequence[Path], family: str, asked: argparse.Namespace, folder: Path,
             progress: Progress) -> list[list[Sample]]:
    """The samples of each program; several take turns, and each begins as often as the other."""
    samples: list[list[Sample]] = [[] for _ in programs]
    for number in range(1, asked.repetitions + 1):
        words = f"racekit: measuring {family}, round {number} of {asked.repetitions}"
        order = list(range(len(programs)))
        for which in order if number % 2 else order[::-1]:
            samples[which] += measure_round(programs[which], number, asked.only,
                                            folder / f"{family}.round.json", progress, words)
    (folder / f"{family}.round.json").unlink(missing_ok=True)
    return samples


def _others(asked: argparse.Namespace, programs: dict[str, Path]) -> dict[str, Path]:
    """The programs of the other build of --ab, those that both have."""
    if asked.ab is None:
        return {}
    other = open_build(asked.ab)
    refuse_misleading(other)
    if other.folder.resolve() == asked.build.resolve():
        raise Problem("--ab names the same build twice", "name another build folder")
    found = {name: path for name, path in _programs(other, []).items() if name in programs}
    if not found:
        raise Problem(f"{asked.ab} has no benchmark of {', '.join(programs)}",
                      f"build them: cmake --build {asked.ab}")
    return found


def _compared(asked: argparse.Namespace, before: Sequence[Sample], after: Sequence[Sample],
              names: tuple[str, str], terminal: Terminal) -> int:
    sides = [list(side) if asked.noisy else bench_compare.quiet(side) for side in (before, after)]
    told = comparing.compare(*sides)
    print("\n".join(bench_compare.lines_of(told, names, asked.all, terminal)))
    lost = len(before) + len(after) - sum(map(len, sides))
    if lost:
        print("\n".join(terminal.wrapped(
            f"{lost} samples do not count: other programs used more than "
            f"{100 * bench_compare.most_foreign:.0f} % of the machine (--noisy lets them count)")))
    return bench_compare.code_of(told)


def _ladder(asked: argparse.Namespace, build: Build, terminal: Terminal) -> int:
    """Only what the rungs need of each program that is built."""
    wanted = ladder.filters()
    programs = {name: path for name, path in _programs(build, []).items() if name in wanted}
    folder = build.folder / "bench"
    folder.mkdir(exist_ok=True)
    progress = Progress()
    works: list[Work] = []
    samples: list[Sample] = []
    try:
        for family, program in programs.items():
            asked.only = wanted[family]
            measured, = _measure([program], family, asked, folder, progress)
            samples += measured
            works += works_of(family, measured)
        progress.show("racekit: measuring Python")
        python, why = ladder.measure_python()
    finally:
        progress.clear()
    print(aligned(ladder.rows(works, python), 1, terminal), end="")
    notes = ["alone: nobody else wants it; with another: a second thread or process does, or is "
             "at the other end", *([f"no figures of Python: {why}"] if why else []),
             f"medians of {asked.repetitions} rounds; {_conditions(samples)}"]
    print("\n".join(line for note in notes for line in terminal.wrapped(note)))
    return KEPT


def _measured(asked: argparse.Namespace, build: Build, programs: dict[str, Path],
              others: dict[str, Path]) -> tuple[list[Sample], list[Sample], list[Work]]:
    """Samples of this build and of the other one, and the works of this one."""
    folder = build.folder / "bench"
    folder.mkdir(exist_ok=True)
    targets = targets_in(TARGETS)
    progress = Progress()
    samples: list[Sample] = []
    of_others: list[Sample] = []
    works: list[Work] = []
    try:
        for family, program in programs.items():
            both = [program, *([others[family]] if family in others else [])]
            measured, *more = _measure(both, family, asked, folder, progress)
            of_others += [one for side in more for one in side]
            told = [one.told() for one in measured]
            (folder / f"{family}.json").write_text(json.dumps(told, indent=1) + "\n")
            of_family = works_of(family, measured)
            (folder / f"{family}.svg").write_text(bars(family, of_family))
            if not asked.only and any(one.ours for one in of_family):
                (folder / f"{family}.txt").write_text(
                    render(of_family, False, plain()) + render_targets(targets, of_family, plain())
                    + _conditions(measured) + "\n")
            samples += measured
            works += of_family
    finally:
        progress.clear()
    return samples, of_others, works


def command(asked: argparse.Namespace) -> int:
    build = open_build(asked.build)
    refuse_misleading(build)
    if asked.repetitions < 3:
        raise Problem("--repetitions: a median needs at least 3", "the default is 15")
    if asked.models:
        return models_command.command(asked, build)
    if asked.ladder:
        return _ladder(asked, build, terminal_of(sys.stdout))
    known = baseline.load_for_here(asked.against) if asked.against else None
    programs = _matching(_programs(build, asked.families), asked.only)
    others = _others(asked, programs)
    terminal = terminal_of(sys.stdout)
    remarks = machine_state.state_now()  # before its own work is the load
    samples, of_others, works = _measured(asked, build, programs, others)
    if not any(work.ours and work.peers for work in works):
        raise Problem("nothing measured has a peer",
                      "name benchmarks work/racekit::subject and work/peer", INTERNAL)
    if asked.save:
        baseline.save(samples, build, asked.save)
    if asked.json:
        print(json.dumps([one.told() for one in samples], indent=2))
        return KEPT
    for remark in remarks:
        print("\n".join(terminal.wrapped(f"remark: {remark}")))
    if known:
        return _compared(asked, known.samples, samples, (str(asked.against), "now"), terminal)
    if asked.ab:
        return _compared(asked, of_others, samples, (str(asked.ab), str(asked.build)), terminal)
    print(render(works, asked.all, terminal), end="")
    print(render_targets(targets_in(TARGETS), works, terminal), end="")
    print(f"medians of {asked.repetitions} rounds; {_conditions(samples)}")
    print(f"samples {build.folder / 'bench'}/*.json, plots {build.folder / 'bench'}/*.svg")
    return KEPT
