# SPDX-License-Identifier: MIT
"""All that a finding needs to be seen again elsewhere, in one folder for each run."""
from __future__ import annotations

import json
import shlex
from collections.abc import Iterable
from pathlib import Path

from .build_tree import Build
from .repeating import repeat_command
from .reproducing import in_words
from .runs import Result
from .terminal import plain
from .written import write_file


def _script(one: Result, build: Build) -> str:
    lines = ["#!/bin/sh", f"# {one.run.scenario.id} {one.run.variant}, {one.run.detector}: "
             f"{one.word}", "# Run it in the top folder of the same sources, built with "
             f"{build.compiler_version} as {build.build_type or 'no build type'}."]
    if one.verdict.get("binary"):
        lines.append(f"# The program had the build id {one.verdict['binary']}.")
    if one.verdict.get("reproduced"):
        lines.append(f"# {in_words(one)}")
    return "\n".join([*lines, "exec " + repeat_command(one, build)]) + "\n"


def write(results: Iterable[Result], build: Build, folder: Path) -> list[Path]:
    """A folder for each run with a finding, or not as promised; the folders."""
    made = []
    for one in results:
        found = one.verdict.get("finding") or {}
        if not found and one.word == "kept":
            continue
        own = folder / one.run.name
        texts = {"verdict.json": json.dumps(one.verdict, indent=2) + "\n",
                 "trace.txt": one.text or "\n".join(plain().wrapped(one.verdict["why"])) + "\n",
                 "seed.txt": f"{one.verdict['seed']}\n",
                 "schedule.txt": f"{found.get('schedule') or 'none: repeat it by its seed'}\n",
                 "program.txt": f"{one.verdict.get('binary') or 'no program'}\n",
                 "repeat.sh": _script(one, build)}
        if one.verdict.get("reproduced"):
            texts["reproduced.txt"] = in_words(one) + "\n"
        for name, text in texts.items():
            write_file(own / name, text, "artefact", "--artefacts")
        (own / "repeat.sh").chmod(0o755)
        made.append(own)
    return made


def hint(made: list[Path]) -> str:
    return f"sh {shlex.quote(str(made[0] / 'repeat.sh'))}" if made else ""
