# SPDX-License-Identifier: MIT
"""racekit readme: puts what was last measured into the marked blocks of the README files."""
from __future__ import annotations

import argparse
import os
import platform
import re
from collections.abc import Sequence
from pathlib import Path

from . import catalogue, child, extract, mutate_command
from .build_tree import HOME, Build, open_build
from .outcome import INTERNAL, Problem

_mark = "<!-- racekit:{name} -->"
_end = "<!-- racekit:end -->"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--check", action="store_true",
                        help="change nothing; exit 1 if the catalogue or the litmus block is out "
                             "of date")


def replaced(text: str, name: str, block: str) -> str:
    """The text with the marked block's content exchanged; a text without the mark stays."""
    opening = re.escape(_mark.format(name=name))
    return re.sub(rf"({opening}\n).*?({re.escape(_end)})",
                  lambda found: found[1] + block + found[2], text, flags=re.DOTALL)


def machine(build: Build) -> str:
    """In words: processor, cores, system, compiler."""
    model = "unknown processor"
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            model = " ".join(line.partition(":")[2].split())
            break
    system = platform.freedesktop_os_release().get("PRETTY_NAME", "Linux")
    return (f"{model}, {len(os.sched_getaffinity(0))} cores, {system}, "
            f"{build.compiler_version}, {build.build_type}")


def catalogue_block(build: Build) -> str:
    rows = ["| scenario | what goes wrong | class | " + " | ".join(build.detectors) + " |",
            "|---|---|---|" + "---|" * len(build.detectors)]
    loaded = catalogue.load(build, catalogue.ids(build))
    if loaded.unusable:
        raise Problem(loaded.unusable[0].line(), "", INTERNAL)
    for one in loaded.scenarios:
        file = one.told["files"][0].removeprefix("scenarios/")
        kind = one.bug_class + (f", CWE-{one.cwe}" if one.cwe else "")
        words = []
        for name in build.detectors:
            said = one.promises[name]
            sight = {"may_find": "may find", "absent": "-"}.get(said.sight, said.sight)
            words.append(sight if said.sight == "absent" or not said.words
                         else f"{sight}: {said.words}")
        rows.append(f"| [{one.id}]({file}) | {one.title} | {kind} | " + " | ".join(words) + " |")
    return "\n".join(rows) + "\n"


def _measured_block(build: Build, files: Sequence[Path], command: str) -> str:
    for file in files:
        if not file.is_file():
            raise Problem(f"no {file.name} in {build.folder}", f"run {command} first")
    text = "\n\n".join(file.read_text().rstrip() for file in files)
    return f"```text\n{text}\n```\n`{command}` on {machine(build)}.\n"


def litmus_block(program: Path) -> str:
    asked = child.run([str(program), "--markdown"], 300)
    if asked.code != 0:
        raise Problem(f"{program.name} failed: {asked.last_words or asked.killer}",
                      f"run {program} to see why", 1)
    return asked.stdout + "\nBy `selftest.litmus --markdown`.\n"


def command(asked: argparse.Namespace) -> int:
    build = open_build(asked.build)
    lessons = HOME / "scenarios" / "README.md"
    text = lessons.read_text()
    wanted = replaced(text, "catalogue", catalogue_block(build))
    model = HOME / "sanitizers" / "model" / "README.md"
    told = model.read_text()
    litmus = build.folder / "bin" / "selftest.litmus"  # built with the tests only
    as_it_is = replaced(told, "litmus", litmus_block(litmus)) if litmus.is_file() else told
    if asked.check:
        if wanted != text:
            raise Problem(f"{lessons.relative_to(HOME)} does not list the catalogue as it is",
                          "run scripts/racekit readme", 1)
        if as_it_is != told:
            raise Problem(f"{model.relative_to(HOME)} does not show the litmus table as it is",
                          "run scripts/racekit readme", 1)
        return 0
    if build.figures.is_file():
        as_it_is = replaced(as_it_is, "figures", _measured_block(
            build, [build.figures], "cmake --build build --target figures"))
    lessons.write_text(wanted)
    model.write_text(as_it_is)
    results = HOME / "scenarios" / "RESULTS.md"
    results.write_text(replaced(results.read_text(), "table",
                                _measured_block(build, [build.table], "./scripts/race")))
    top = HOME / "README.md"
    short = extract.render(build.verdicts)
    if short:
        top.write_text(replaced(top.read_text(), "extract", f"```text\n{short}```\n"))
    written = ["README.md", "scenarios/README.md", "scenarios/RESULTS.md",
               "sanitizers/model/README.md"]
    measured = sorted((build.folder / "bench").glob("*.txt"))
    if measured:
        bench = HOME / "tests" / "bench" / "README.md"
        bench.write_text(replaced(bench.read_text(), "bench",
                                  _measured_block(build, measured, "scripts/racekit bench")))
        written.append("tests/bench/README.md")
    if build.mutation.is_file():
        tests = HOME / "tests" / "README.md"
        tests.write_text(replaced(tests.read_text(), "mutation",
                                  mutate_command.block(build.mutation)))
        written.append("tests/README.md")
    print(f"written: {', '.join(written)}")
    return 0
