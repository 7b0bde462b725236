# SPDX-License-Identifier: MIT
"""The one command that repeats a run elsewhere."""
from __future__ import annotations

import shlex

from .build_tree import Build, program_name
from .runs import Result


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
