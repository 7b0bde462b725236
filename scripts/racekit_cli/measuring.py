# SPDX-License-Identifier: MIT
"""Runs a benchmark program in rounds, each a process of its own; every sample knows its conditions.

A virtual machine's two cores may be near (they share a cache) or far, and change that as it runs;
two threads are then up to ten times slower. So each round says how long a cache line takes from
core to core and back, before and after, and only like rounds are compared where threads meet.
"""
from __future__ import annotations

import json
import os
import re
import subprocess
import threading
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from .machine_state import ForeignLoad
from .outcome import INTERNAL, Problem
from .progress import Progress

NEAR_BELOW = 200  # ns of a line's round trip; near is some 60 to 150, far some 320 to 490

_own_keys = {"name", "family_index", "per_family_instance_index", "run_name", "run_type",
             "repetitions", "repetition_index", "threads", "iterations", "real_time", "cpu_time",
             "time_unit", "aggregate_name", "aggregate_unit", "label", "error_occurred",
             "error_message", "items_per_second", "bytes_per_second"}


@dataclass(frozen=True)
class Conditions:
    """What the machine was like during one round."""
    line_before_ns: int
    line_after_ns: int
    load: float        # average of the last minute, when the round began
    others: float      # share of all cores that other programs used meanwhile
    cpu: str

    @property
    def cores(self) -> str:
        if 0 in (self.line_before_ns, self.line_after_ns):
            return "one core"
        kinds = {trip < NEAR_BELOW for trip in (self.line_before_ns, self.line_after_ns)}
        return "moved" if len(kinds) == 2 else "near" if kinds == {True} else "far"


@dataclass(frozen=True)
class Sample:
    work: str     # with its arguments
    subject: str
    ns: float
    threads: int
    round: int
    conditions: Conditions
    counters: dict[str, float] = field(default_factory=dict)

    def told(self) -> dict[str, Any]:
        return {**asdict(self), "cores": self.conditions.cores}


def key_of(run_name: str) -> tuple[str, str]:
    """`work/subject[/argument...]` as (work with its arguments, subject)."""
    parts = [part for part in run_name.split("/")
             if part not in ("real_time", "process_time", "manual_time")
             and not part.startswith("min_time:")]
    if len(parts) < 2:
        return run_name, ""
    return "/".join([parts[0], *parts[2:]]), parts[1]


def _processor() -> str:
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return " ".join(line.partition(":")[2].split())
    return "unknown processor"


def _play(program: Path, arguments: list[str], file: Path, progress: Progress,
          words: str) -> list[str]:
    """Runs the program to its end; returns what it said on stderr."""
    process = subprocess.Popen(
        [program, *arguments, f"--benchmark_out={file}", "--benchmark_out_format=json"],
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
    return said


def samples_of(told: dict[str, Any], number: int, conditions: Conditions) -> list[Sample]:
    result = []
    for one in told["benchmarks"]:
        if one.get("run_type") == "aggregate" or one.get("error_occurred"):
            continue
        work, subject = key_of(one["run_name"])
        counters = {name: value for name, value in one.items()
                    if name not in _own_keys and isinstance(value, (int, float))}
        scale = {"ns": 1.0, "us": 1e3, "ms": 1e6, "s": 1e9}[one.get("time_unit", "ns")]
        result.append(Sample(work, subject, one["real_time"] * scale, one.get("threads", 1),
                             number, conditions, counters))
    return result


def measure_round(program: Path, number: int, only: str, file: Path, progress: Progress,
                  words: str) -> list[Sample]:
    """One sample of each benchmark, in random order."""
    load = os.getloadavg()[0]
    foreign = ForeignLoad()
    arguments = ["--benchmark_repetitions=1", "--benchmark_enable_random_interleaving=true",
                 "--benchmark_report_aggregates_only=false"]
    if only:
        arguments.append(f"--benchmark_filter={only}")
    said = _play(program, arguments, file, progress, words)
    others = foreign.share()
    try:
        told = json.loads(file.read_text())
        after = re.search(r"at the end: (\d+) ns", "\n".join(said))
        before = int(told["context"].get("line_round_trip_ns", 0))
        conditions = Conditions(before, int(after[1]) if after else before, load,
                                round(others, 3), _processor())
        return samples_of(told, number, conditions)
    except (OSError, ValueError, KeyError) as broken:
        raise Problem(f"{program.name} wrote no figures ({broken})", "", INTERNAL) from broken
