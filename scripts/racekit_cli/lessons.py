# SPDX-License-Identifier: MIT
"""The learning path: numbered lessons over the catalogue, read from scenarios/LESSONS.md."""
from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from .build_tree import HOME
from .outcome import INTERNAL, Problem

FILE = HOME / "scenarios" / "LESSONS.md"
_lesson = re.compile(r"^## (\d+)\. (.+)$", re.MULTILINE)


@dataclass(frozen=True)
class Lesson:
    number: int
    title: str
    scenarios: tuple[str, ...]
    text: str
    question: str
    answer: str


def _paragraph(text: str) -> str:
    return " ".join(text.split())


def _parse(number: int, title: str, body: str) -> Lesson:
    named = re.match(r"\s*Scenario: (.+)\n", body)
    question = re.search(r"\*\*Question\.\*\* (.*?)\n\n", body, re.DOTALL)
    answer = re.search(r"\*\*Answer\.\*\* (.*)", body, re.DOTALL)
    if not (named and question and answer):
        raise Problem(f"{FILE}: lesson {number} lacks its scenario, its question or its answer",
                      "write it as the other lessons are", INTERNAL)
    return Lesson(number, title, tuple(re.split(r",\s*", named[1].strip())),
                  _paragraph(body[named.end():question.start()]), _paragraph(question[1]),
                  _paragraph(answer[1]))


def parse(text: str) -> list[Lesson]:
    parts = _lesson.split(text)[1:]
    lessons = [_parse(int(number), title, body) for number, title, body in
               zip(parts[::3], parts[1::3], parts[2::3])]
    if [one.number for one in lessons] != list(range(1, len(lessons) + 1)):
        raise Problem(f"{FILE}: the lessons are not numbered from 1 on", "number them anew",
                      INTERNAL)
    return lessons


def lessons(file: Path = FILE) -> list[Lesson]:
    """None where the catalogue is not racekit's own."""
    return parse(file.read_text()) if file.is_file() else []


def lines_of_path(known: Iterable[str], all_: Sequence[Lesson]) -> list[str]:
    """The lessons that have a scenario here, a line each."""
    ids = set(known)
    return [f"{one.number:>3}. {one.title}: " + ", ".join(
        name for name in one.scenarios if name in ids)
        for one in all_ if ids.intersection(one.scenarios)]
