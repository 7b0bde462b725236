# SPDX-License-Identifier: MIT
"""The whole page, as one text without anything from outside."""
from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..build_tree import HOME, Build
from ..lessons import Lesson
from ..models_table import TITLES
from ..timelines import Timeline
from . import lanes
from .gather import Entry, Gathered
from .graphs import compact
from .markup import anchor, data, packed, tag, text
from .sections import article, excerpts, overview_row, scheduler
from .traces import most_rows

largest = 2_000_000    # bytes of the page
_for_graphs = 300_000  # of it, if they need so many: before the rows of long interleavings
_here = Path(__file__).resolve().parent
PUBLISHED = HOME / "tests" / "bench" / "figures"  # of the tree that racekit lies in


def _read(name: str) -> str:
    return (_here / name).read_text()


def chosen_graphs(entries: Sequence[Entry], room: int) -> dict[str, dict[str, Any]]:
    """The smallest first, as long as there is room."""
    sized = []
    for entry in entries:
        if entry.graphs:
            told = {variant: compact(graph) for variant, graph in entry.graphs.items()}
            more = len(packed(told)) + len(scheduler(entry, True).encode())
            sized.append((more, entry.scenario.id, told))
    chosen: dict[str, dict[str, Any]] = {}
    for size, name, told in sorted(sized, key=lambda one: one[:2]):
        if size <= room:
            chosen[name] = told
            room -= size
    return chosen


def _lesson(one: Lesson, known: set[str]) -> str:
    links = ", ".join(tag("a", text(name), href="#" + anchor(name)) if name in known
                      else text(name + " (not in this page)") for name in one.scenarios)
    return tag("li", tag("h3", text(f"{one.number}. {one.title}")) + tag("p", text(one.text))
               + tag("p", "Scenario: " + links)
               + tag("p", tag("strong", "Question. ") + text(one.question))
               + tag("details", tag("summary", "Answer") + tag("p", text(one.answer))),
               id=f"lesson-{one.number}")


def _lessons(path: Sequence[Lesson], known: set[str]) -> str:
    if not path:
        return ""
    return tag("section", tag("h2", "The learning path")
               + tag("ol", "".join(_lesson(one, known) for one in path), class_="path"),
               id="lessons", class_="view")


def _verdicts(gathered: Gathered, build: Build) -> str:
    words = [told["verdict"] for entry in gathered.entries for told in entry.verdicts.values()]
    counts = ", ".join(f"{words.count(word)} {word}" for word in dict.fromkeys(["kept", *words]))
    head = "".join(tag("th", text(one), scope="col") for one in
                   ("scenario", "what goes wrong", "class", *build.detectors))
    rows = "".join(overview_row(entry, build) for entry in gathered.entries)
    inside = tag("thead", tag("tr", head)) + tag("tbody", rows)
    left_out = ""
    if gathered.left_out:
        left_out = tag("details", tag("summary", f"{len(gathered.left_out)} verdict files are "
                                                 "left out")
                       + tag("ul", "".join(tag("li", text(line)) for line in gathered.left_out)))
    about = (f"{build.compiler_version}, {build.build_type or 'no build type'}"
             + (f", {build.flags}" if build.flags else ""))
    return tag("section", tag("h2", "Verdicts") + tag("p", text(f"{counts}. Built with {about}."))
               + left_out + tag("div", tag("table", inside, class_="overview"), class_="wide",
                                tabindex=0), id="verdicts", class_="view")


def _plots(files: Sequence[Path]) -> str:
    parts = []
    for file in files:
        drawing = re.sub(r"<\?xml.*?\?>", "", file.read_text())
        of = "published with racekit" if file.parent == PUBLISHED else "measured with this build"
        parts.append(tag("figure", tag("figcaption", text(f"{file.stem}, {of}")) + drawing))
    if not parts:
        return ""
    return tag("section", tag("h2", "Throughput") + tag(
        "p", "Time of one operation of each primitive beside its peers; shorter is faster.")
        + "".join(parts), id="plots", class_="view")


@dataclass(frozen=True)
class Measured:
    """What the page shows beside the scenarios."""
    plots: Sequence[Path] = ()
    timelines: Sequence[Timeline] = ()


def render(gathered: Gathered, build: Build, path: Sequence[Lesson], measured: Measured) -> str:
    """With as many rows as the largest size leaves room for beside the graphs, and then as many
    graphs."""
    every = sum(map(len, map(packed, chosen_graphs(gathered.entries, largest).values())))
    for most in most_rows:
        bare = _page(gathered, build, path, measured, {}, most)
        room = largest - len(bare.encode())
        if room >= min(every, _for_graphs):
            break
    return _page(gathered, build, path, measured, chosen_graphs(gathered.entries, room), most)


def _page(gathered: Gathered, build: Build, path: Sequence[Lesson], measured: Measured,
          graphs: dict[str, dict[str, Any]], most: int) -> str:
    known = {entry.scenario.id for entry in gathered.entries}
    articles = "".join(article(entry, build, entry.scenario.id in graphs, most)
                       for entry in gathered.entries)
    views = [("lessons", "Lessons")] * bool(path) + [("verdicts", "Verdicts")] + [
        ("plots", "Throughput")] * bool(measured.plots) + [
        ("timelines", "Timelines")] * bool(measured.timelines)
    nav = "".join(tag("a", words, href="#" + name) for name, words in views)
    header = tag("header", tag("p", "racekit", class_="name")
                 + tag("nav", nav, aria_label="parts of the page")
                 + tag("span", "", id="tools"))
    main = tag("main", _lessons(path, known) + _verdicts(gathered, build)
               + tag("section", articles, id="scenarios") + _plots(measured.plots)
               + lanes.of_models(measured.timelines, TITLES), id="main")
    return "\n".join(["<!doctype html>", '<html lang="en">', "<head>", '<meta charset="utf-8">',
                      '<meta name="viewport" content="width=device-width, initial-scale=1">',
                      '<meta name="color-scheme" content="light dark">',
                      '<link rel="icon" href="data:,">', "<title>racekit report</title>",
                      tag("style", _read("report.css")), "</head>", "<body>",
                      tag("a", "Skip to the content", href="#main", class_="skip"), header, main,
                      tag("div", "", id="help", hidden=True),
                      data("graphs", graphs), data("excerpts", excerpts(gathered.entries, most)),
                      tag("script", _read("report.js")), "</body>",
                      "</html>"]) + "\n"
