# SPDX-License-Identifier: MIT
"""For GitHub Actions: annotations on the lines concerned, and a step summary in Markdown."""
from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from .build_tree import Build
from .catalogue import Unusable
from .outcome import INTERNAL, Problem
from .repeating import repeat_command
from .reproducing import counted, in_words
from .runs import Result

_levels = {"broken": "error", "hang": "error", "failed": "error", "inconclusive": "warning",
           "skipped": "notice"}
_most_details = 20  # a summary may hold a megabyte


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")


def annotation(level: str, file: str, line: int, title: str, text: str) -> str:
    """A workflow command: one line, whatever the words are."""
    where = f"file={_property(file)},line={max(line, 1)}," if file else ""
    return f"::{level} {where}title={_property(title)}::{_data(text)}"


def _of_result(one: Result, build: Build) -> str:
    found = one.verdict.get("finding") or {}
    places = found.get("places") or [{"file": one.verdict["file"], "line": 1}]
    place = next((each for each in places if each.get("marked")), places[0])
    words = [one.verdict["why"]]
    if found.get("consequence"):
        words.append(found["consequence"])
    if one.verdict.get("reproduced"):
        words.append(in_words(one))
    words.append("repeat: " + repeat_command(one, build))
    title = (f"{one.run.scenario.id} {one.run.variant}, {one.run.detector}: "
             + (found.get("kind") or one.word))
    return annotation(_levels.get(one.word, "error"), build.relative(place["file"]),
                      place["line"], title, "\n".join(words))


def annotations(results: Sequence[Result], unusable: Sequence[Unusable],
                build: Build) -> list[str]:
    """One for each run that is not as promised, one for each scenario that cannot be run."""
    lines = [_of_result(one, build) for one in results if one.word != "kept"]
    return lines + [annotation("error", one.file, 1, one.id, one.why) for one in unusable]


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")


def _details(one: Result, build: Build) -> list[str]:
    name = f"{one.run.scenario.id} {one.run.variant}, {one.run.detector}"
    fence = "~~~~"
    return ["", f"<details><summary>{name}</summary>", "", fence + "text",
            (one.text.rstrip("\n") or one.verdict["why"]).replace(fence, "~ ~ ~ ~"), fence,
            f"`{repeat_command(one, build)}`", "</details>"]


def _again(results: Sequence[Result]) -> list[str]:
    """A folded table of the findings that were looked for again."""
    again = [one for one in results if one.verdict.get("reproduced")]
    if not again:
        return []
    words, _ = counted(again)
    rows = [f"| {one.run.scenario.id} | {one.run.variant} | {one.run.detector} | "
            f"{_cell(one.verdict['finding']['kind'])} | {in_words(one)} |" for one in again]
    return ["", f"<details><summary>{words}.</summary>", "",
            "| scenario | variant | detector | finding | again |", "|---|---|---|---|---|",
            *rows, "", "</details>"]


def summary(results: Sequence[Result], unusable: Sequence[Unusable], build: Build) -> str:
    """Markdown: the counts, a row for each run that is not as promised, and its interleaving."""
    words = [one.word for one in results] + ["failed" for _ in unusable]
    counts = ", ".join(f"{words.count(word)} {word}" for word in dict.fromkeys(
        ["kept", "broken", *words]))
    lines = ["## racekit", "", f"{counts} of {len(words)} runs."]
    bad = [one for one in results if one.word != "kept"]
    if bad or unusable:
        lines += ["", "| scenario | variant | detector | verdict | reason |",
                  "|---|---|---|---|---|"]
    for one in bad:
        again = f"; {in_words(one)}" if one.verdict.get("reproduced") else ""
        lines.append(f"| {one.run.scenario.id} | {one.run.variant} | {one.run.detector} | "
                     f"{one.word} | {_cell(one.verdict['why'] + again)} |")
    lines += [f"| {one.id} | | | failed | {_cell(one.why)} |" for one in unusable]
    lines += _again(results)
    for one in bad[:_most_details]:
        lines += _details(one, build)
    if len(bad) > _most_details:
        lines.append(f"\n{len(bad) - _most_details} more are in the verdict files.")
    return "\n".join(lines) + "\n"


def write_summary(text: str) -> None:
    """To the file that the service names; nowhere where there is none."""
    named = os.environ.get("GITHUB_STEP_SUMMARY")
    if not named:
        return
    try:
        with Path(named).open("a", encoding="utf-8") as file:
            file.write(text)
    except OSError as failed:
        raise Problem(f"cannot write the step summary {named}: {failed.strerror}",
                      "unset GITHUB_STEP_SUMMARY, or name a file that can be written",
                      INTERNAL) from failed
