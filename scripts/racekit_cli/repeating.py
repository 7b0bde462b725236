# SPDX-License-Identifier: MIT
"""Findings again: the one command that repeats a run, and how often a native finding comes up."""
from __future__ import annotations

import json
import shlex
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

from . import child
from .build_tree import Build, program_name
from .runs import Result, Run, arguments_of, backstop_of, rewrite

STANDARD = 10  # times that a finding which breaks a promise is looked for again


def repeat_command(one: Result, build: Build) -> str:
    """What a user types to see it again in a tree of the same sources."""
    run, found = one.run, one.verdict.get("finding") or {}
    words = [run.scenario.id, "--variant", run.variant, "--detector", run.detector]
    schedule = found.get("schedule", "")
    if schedule:
        words = ["replay", *words, "--schedule", schedule]
        if one.verdict.get("memory") == "relacy":
            words += ["--memory", "relacy"]
    else:
        words = ["run", *words, "--seed", str(one.verdict["seed"])]
    return program_name() + " " + " ".join(shlex.quote(word) for word in words)


def _options_again(one: Result, options: Sequence[str]) -> list[str]:
    """The same schedule where the detector can replay it, else the same seed."""
    schedule = one.verdict["finding"]["schedule"]
    if schedule:
        return ["--schedule", schedule]
    kept = list(options)
    if "--seed" in kept:
        at = kept.index("--seed")
        del kept[at:at + 2]
    return [*kept, "--seed", str(one.verdict["seed"])]


def _found_again(run: Run, program: Path, options: Sequence[str], kind: str) -> bool:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "verdict.json"
        child.run(arguments_of(run, program, file, options), backstop_of(options))
        try:
            again = json.loads(file.read_text())
            return (again["finding"] or {}).get("kind") == kind
        except (OSError, ValueError, KeyError, TypeError):
            return False  # it ended in another way


def is_repeatable(one: Result, build: Build) -> bool:
    """A finding of real threads or processes: the model's is exact as it is."""
    return bool(one.verdict.get("finding")) and build.flavour_of[one.run.detector] != "model"


def reproduce(one: Result, build: Build, options: Sequence[str], times: int,
              tell: Callable[[int], None]) -> None:
    """Runs it so many times more and writes into its verdict how often the same kind came up."""
    program = build.program(one.run.scenario.id, one.run.detector)
    if program is None or not program.is_file():
        return
    again = _options_again(one, options)
    count = 0
    for number in range(1, times + 1):
        tell(number)
        count += _found_again(one.run, program, again, one.verdict["finding"]["kind"])
    by = "schedule" if one.verdict["finding"]["schedule"] else "seed"
    one.verdict["reproduced"] = {"times": count, "of": times, "by": by}
    rewrite(one, build)


def in_words(one: Result) -> str:
    told = one.verdict["reproduced"]
    return f"reproduced {told['times']} of {told['of']} with the same {told['by']}"
