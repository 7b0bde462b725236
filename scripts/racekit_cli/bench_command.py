"""racekit bench: the primitives beside their peers, in the same run, as ratios of medians.

A benchmark's name is `work/subject[/argument...]`. A subject of `racekit::` is ours; every other
benchmark whose name differs only in the subject is its peer.
"""
from __future__ import annotations

import argparse
import json
import re
import subprocess
import sys
import threading
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .build_tree import Build, open_build
from .outcome import INTERNAL, Problem
from .progress import Progress
from .terminal import Terminal, plain, terminal_of

OURS = "racekit::"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("families", nargs="*", metavar="FAMILY", help="default: all that are built")
    parser.add_argument("--repetitions", type=int, default=9, metavar="N",
                        help="of which the median counts (default 9)")
    parser.add_argument("--json", action="store_true", help="print the ratios as a JSON array")


@dataclass(frozen=True)
class Ratio:
    family: str
    work: str  # with its arguments
    ours: str
    peer: str
    ratio: float  # how many times as fast as the peer: peer's median time / ours
    spread: float  # the larger coefficient of variation of the two


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


def _measure(program: Path, repetitions: int, file: Path, progress: Progress,
             words: str) -> list[dict[str, Any]]:
    process = subprocess.Popen(
        [program, f"--benchmark_repetitions={repetitions}",
         "--benchmark_enable_random_interleaving=true", "--benchmark_report_aggregates_only=true",
         f"--benchmark_out={file}", "--benchmark_out_format=json"],
        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    said: list[str] = []
    assert process.stderr is not None
    reader = threading.Thread(target=lambda: said.extend(process.stderr))
    reader.start()
    try:
        while reader.is_alive():
            progress.show(words)
            reader.join(0.2)
    except BaseException:
        process.kill()
        raise
    finally:
        code = process.wait()
    if code != 0:
        last = said[-1].strip() if said else "no word of why"
        raise Problem(f"{program.name} ended with exit code {code}: {last}", "", INTERNAL)
    try:
        return json.loads(file.read_text())["benchmarks"]
    except (OSError, ValueError, KeyError) as broken:
        raise Problem(f"{program.name} wrote no figures ({broken})", "", INTERNAL) from broken


def _key(run_name: str) -> tuple[str, str]:
    """(work with its arguments, subject)."""
    parts = [part for part in run_name.split("/") if part != "real_time"]
    if len(parts) < 2:
        return run_name, ""
    return "/".join([parts[0], *parts[2:]]), parts[1]


def ratios(family: str, figures: Iterable[dict[str, Any]]) -> list[Ratio]:
    medians: dict[tuple[str, str], float] = {}
    spreads: dict[tuple[str, str], float] = {}
    for one in figures:
        key = _key(one["run_name"])
        if one.get("aggregate_name") == "median":
            medians[key] = one["real_time"]
        elif one.get("aggregate_name") == "cv":
            spreads[key] = one["real_time"]
    result = []
    for (work, subject), time in medians.items():
        if not subject.startswith(OURS):
            continue
        for (peer_work, peer), peer_time in medians.items():
            if peer_work == work and not peer.startswith(OURS) and time > 0:
                spread = max(spreads.get((work, subject), 0.0), spreads.get((work, peer), 0.0))
                result.append(Ratio(family, work, subject, peer, peer_time / time, spread))
    return result


def render(measured: Sequence[Ratio], terminal: Terminal) -> str:
    rows = [("family", "work", "subject", "peer", "as fast as the peer", "spread")]
    rows += [(one.family, one.work, one.ours, one.peer, f"{one.ratio:.2f} x",
              f"{100 * one.spread:.0f} %") for one in measured]
    widths = [max(len(row[at]) for row in rows) for at in range(len(rows[0]))]
    lines = []
    for row in rows:
        cells = [f"{text:<{width}}" for text, width in zip(row[:4], widths)]
        cells += [f"{text:>{width}}" for text, width in zip(row[4:], widths[4:])]
        lines.append("   ".join(cells).rstrip())
    lines[0] = terminal.paint(lines[0], "bold")
    lines.insert(1, terminal.rule(sum(widths) + 3 * (len(widths) - 1)))
    return "\n".join(lines) + "\n"


def command(asked: argparse.Namespace) -> int:
    build = open_build(asked.build)
    refuse_misleading(build)
    if asked.repetitions < 3:
        raise Problem("--repetitions: a median needs at least 3", "the default is 9")
    folder = build.folder / "bench"
    folder.mkdir(exist_ok=True)
    progress = Progress()
    measured: list[Ratio] = []
    programs = _programs(build, asked.families)
    try:
        for number, (family, program) in enumerate(programs.items(), 1):
            words = f"racekit: measuring {family} ({number} of {len(programs)})"
            measured += ratios(family, _measure(program, asked.repetitions,
                                                folder / f"{family}.json", progress, words))
    finally:
        progress.clear()
    if not measured:
        raise Problem("nothing measured has a peer",
                      f"name benchmarks work/{OURS}subject and work/peer", INTERNAL)
    if not asked.families:
        (build.folder / "bench.txt").write_text(render(measured, plain()))
    if asked.json:
        print(json.dumps([vars(one) for one in measured], indent=2))
    else:
        print(render(measured, terminal_of(sys.stdout)), end="")
        print(f"medians of {asked.repetitions}, interleaved; figures {folder}/*.json")
    return 0
