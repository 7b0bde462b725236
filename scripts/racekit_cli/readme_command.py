# SPDX-License-Identifier: MIT
"""racekit readme: puts what was last measured into the marked blocks of the README files."""
from __future__ import annotations

import argparse
import os
import platform
import re
from collections.abc import Sequence
from pathlib import Path

from . import catalogue, child, extract, mutate_command, tutorial
from .build_tree import HOME, Build, open_build
from .outcome import INTERNAL, Problem

_mark = "<!-- racekit:{name} -->"
_end = "<!-- racekit:end -->"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--check", action="store_true",
                        help="change nothing; exit 1 if the catalogue, the kinds of findings or "
                             "the litmus block is out of date")


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


def kinds_block(build: Build) -> str:
    rows = ["| kind | what it means |", "|---|---|"]
    rows += [f"| {kind} | {meaning} |" for kind, meaning in catalogue.kinds(build)]
    return "\n".join(rows) + "\n"


def tutorial_page() -> dict[Path, str]:
    """The page of the tutorial's rows, as it has to be; its figures are published ones."""
    page = HOME / "scenarios" / "TUTORIAL.md"
    if not page.is_file():
        return {}
    return {page: replaced(page.read_text(), "tutorial",
                           tutorial.block(tutorial.RESULTS.read_text()))}


def _generated(build: Build) -> dict[Path, str]:
    """Each file with a block that follows from the programs, as it has to be."""
    lessons = HOME / "scenarios" / "README.md"
    detectors = HOME / "sanitizers" / "README.md"
    model = HOME / "sanitizers" / "model" / "README.md"
    wanted = {lessons: replaced(lessons.read_text(), "catalogue", catalogue_block(build)),
              detectors: replaced(detectors.read_text(), "kinds", kinds_block(build))}
    litmus = build.folder / "bin" / "selftest.litmus"  # built with the tests only
    if litmus.is_file():
        wanted[model] = replaced(model.read_text(), "litmus", litmus_block(litmus))
    return wanted


def command(asked: argparse.Namespace) -> int:
    build = open_build(asked.build)
    wanted = _generated(build)
    if asked.check:
        for file, text in wanted.items():
            if text != file.read_text():
                raise Problem(f"{file.relative_to(HOME)} does not show what the programs of the "
                              "build have", "run scripts/racekit readme", 1)
        return 0
    for file, text in wanted.items():
        file.write_text(text)
    model = HOME / "sanitizers" / "model" / "README.md"
    if build.figures.is_file():
        model.write_text(replaced(model.read_text(), "figures", _measured_block(
            build, [build.figures], "cmake --build build --target figures")))
    results = HOME / "scenarios" / "RESULTS.md"
    results.write_text(replaced(results.read_text(), "table",
                                _measured_block(build, [build.table], "./scripts/race")))
    top = HOME / "README.md"
    short = extract.render(build.verdicts)
    if short:
        top.write_text(replaced(top.read_text(), "extract", f"```text\n{short}```\n"))
    written = ["README.md", "scenarios/README.md", "scenarios/RESULTS.md",
               "sanitizers/README.md", "sanitizers/model/README.md"]
    measured = sorted((build.folder / "bench").glob("*.txt"))
    if measured:
        bench = HOME / "tests" / "bench" / "README.md"
        bench.write_text(replaced(bench.read_text(), "bench",
                                  _measured_block(build, measured, "scripts/racekit bench")))
        written.append("tests/bench/README.md")
    models = build.folder / "bench" / "models" / "table.txt"
    if models.is_file():
        bench = HOME / "tests" / "bench" / "README.md"
        bench.write_text(replaced(bench.read_text(), "models", _measured_block(
            build, [models], "scripts/racekit bench --models")))
    if build.mutation.is_file():
        tests = HOME / "tests" / "README.md"
        tests.write_text(replaced(tests.read_text(), "mutation",
                                  mutate_command.block(build.mutation)))
        written.append("tests/README.md")
    for file, text in tutorial_page().items():  # last: it reads the tables above
        file.write_text(text)
        written.append(str(file.relative_to(HOME)))
    print(f"written: {', '.join(written)}")
    return 0
