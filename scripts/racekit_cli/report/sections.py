# SPDX-License-Identifier: MIT
"""What the page says of one scenario."""
from __future__ import annotations

import difflib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ..build_tree import Build
from ..repeating import repeat_command
from ..reproducing import in_words
from ..runs import Result, Run
from ..show_command import description_of, struct_of
from . import lanes
from .gather import Entry, Verdict, lines_of
from .graphs import Break, shortest_break
from .markup import anchor, cells, command, table, tag, text
from .traces import Row, Trace, most_rows, trace_of

_marks = {"kept": "✓ kept", "broken": "✗ broken", "inconclusive": "? inconclusive",
          "hang": "✗ hang", "failed": "✗ failed", "skipped": "‼ skipped"}
most_frames = 12
outside = "before or after the threads: "


def mark(word: str) -> str:
    return tag("span", text(_marks.get(word, word)), class_=f"verdict {word}")


def seen(told: Verdict | None) -> str:
    """A detector's finding, or how far it looked."""
    if told is None:
        return tag("span", "not run", class_="quiet")
    found = told.get("finding")
    words = found["kind"] if found else told["reach"]["words"] or told["saw"]
    return f"{mark(told['verdict'])} {text(words)}"


def article(entry: Entry, build: Build, graph_is_there: bool, most: int = most_rows[0]) -> str:
    one = entry.scenario
    kind = one.bug_class + (f", CWE-{one.cwe}" if one.cwe else "")
    parts = [tag("h2", f"{text(one.title)} {tag('small', text(one.id))}"),
             tag("p", text(f"{kind}; {one.count} {one.cast}"
                           + (f"; after {one.told['reference']}" if one.told.get("reference")
                              else "")), class_="quiet"),
             _verdict_line(entry, build), _promises(entry, build), _description(entry),
             _sources(entry), _players(entry, most), _stacks(entry), _outcomes(entry),
             scheduler(entry, graph_is_there)]
    return tag("article", "".join(parts), id=anchor(one.id), data_scenario=one.id)


def _verdict_line(entry: Entry, build: Build) -> str:
    for variant, detector in (("racy", "model"), ("racy", "tsan"), ("racy", "stress"),
                              ("racy", "process"), ("fixed", "model")):
        told = entry.verdicts.get((variant, detector))
        found = (told or {}).get("finding")
        if not told or not found:
            continue
        words = found["kind"].upper() + (f" on {found['subject']}" if found["subject"] else "")
        words += f": {found['consequence']}" if found["consequence"] else ""
        words += "" if words.endswith((".", "!", "?")) else "."
        unit = told["reach"]["unit"].removesuffix("s") or "run"
        place = (f"Found by {detector} in {unit} {found['found_in']:,} (seed {told['seed']})."
                 if found["found_in"] else f"Found by {detector} (seed {told['seed']}).")
        again = repeat_command(Result(Run(entry.scenario, variant, detector), told), build)
        fixed = entry.verdicts.get(("fixed", detector))
        twin = (f" Fixed variant: {fixed['reach']['words']} {fixed['reach']['unit']}, "
                f"{fixed['verdict']}." if fixed and variant == "racy" else "")
        return (tag("p", tag("strong", text(words)) + " " + text(place + twin), class_="found")
                + tag("p", "Repeat it: " + command(again)))
    return tag("p", text("No finding of this build is known: "
                         f"run racekit run {entry.scenario.id} first."), class_="found quiet")


def _seen_again(entry: Entry, variant: str, detector: str) -> str:
    """What a detector saw, and how often it came up when it was looked for again."""
    told = entry.verdicts.get((variant, detector))
    if not told or not told.get("reproduced"):
        return seen(told)
    again = in_words(Result(Run(entry.scenario, variant, detector), told))
    return seen(told) + "<br>" + tag("span", text(again), class_="quiet")


def _promises(entry: Entry, build: Build) -> str:
    rows = []
    for detector in build.detectors:
        said = entry.scenario.promises[detector]
        promise = said.sight.replace("_", " ") + (f": {said.words}" if said.words else "")
        if said.sight == "absent":
            rows.append([text(detector), text(promise), "-", "-"])
            continue
        rows.append([text(detector), text(promise)] + [
            _seen_again(entry, variant, detector) if variant in entry.scenario.variants
            else "-" for variant in ("racy", "fixed")])
    return table(["detector", "promise for racy", "racy", "fixed"], rows, class_="promises")


def _description(entry: Entry) -> str:
    if not entry.source:
        return ""
    lines = [line for line in description_of(entry.source).splitlines()
             if not line.startswith("SPDX-License")]
    return (tag("h3", "What goes wrong")
            + tag("pre", text("\n".join(lines).strip("\n")), class_="description", tabindex=0))


def _code_cell(number: int, line: str, kind: str) -> str:
    sign = {"del": "−", "add": "+", "": " "}[kind]
    return (tag("td", str(number) if number else "", class_="number")
            + tag("td", tag("code", text(f"{sign} {line}" if number else "")),
                  class_=f"line {kind}".strip(), data_line=number or None))


def _sources(entry: Entry) -> str:
    racy, fixed = struct_of(entry.source, "racy"), struct_of(entry.source, "fixed")
    if not racy or not fixed:
        return ""
    lines = entry.source.splitlines()
    at = [lines.index(block[0]) + 1 for block in (racy, fixed)]

    def bare(block: list[str]) -> list[str]:
        return [line.partition("// <- race")[0].rstrip() for line in block]

    rows = []
    matcher = difflib.SequenceMatcher(None, bare(racy), bare(fixed), autojunk=False)
    for what, from_racy, to_racy, from_fixed, to_fixed in matcher.get_opcodes():
        for each in range(max(to_racy - from_racy, to_fixed - from_fixed)):
            left, right = from_racy + each, from_fixed + each
            row = ""
            for number, last, block, first, kind in ((left, to_racy, racy, at[0], "del"),
                                                     (right, to_fixed, fixed, at[1], "add")):
                is_there = number < last
                row += _code_cell(first + number if is_there else 0,
                                  block[number] if is_there else "",
                                  kind if what != "equal" and is_there else "")
            rows.append(tag("tr", row))
    head = tag("tr", tag("th", "racy", colspan=2, scope="col")
               + tag("th", "fixed", colspan=2, scope="col"))
    inside = (tag("caption", "The two variants. − is only in racy, + only in fixed.")
              + tag("thead", head) + tag("tbody", "".join(rows)))
    return tag("h3", "Racy and fixed") + tag(
        "div", tag("table", inside, class_="sources"), class_="wide", tabindex=0)


def _notes(row: Row) -> str:
    """Badges: what a reader cannot see from the action alone."""
    badges = []
    if row.is_stale:
        others = ", ".join(one["value"] + (" (newest)" if one.get("newest") else "")
                           for one in row.could_read if not one.get("read"))
        read = next(one["value"] for one in row.could_read if one.get("read"))
        badges.append(tag("span", text(f"stale: reads {read}; could read {others}"),
                          class_="badge stale"))
    elif len(row.could_read) > 1:
        others = ", ".join(one["value"] for one in row.could_read if not one.get("read"))
        badges.append(tag("span", text(f"could also read {others}"), class_="badge"))
    if row.races_with:
        badges.append(tag("span", text(f"no happens-before with step {row.races_with}"),
                          class_="badge race"))
    if row.after:
        badges.append(tag("span", text(f"after step {row.after}: {row.after_words}"),
                          class_="badge after"))
    if row.fails and not row.races_with:
        badges.append(tag("span", "here it fails", class_="badge race"))
    if row.note and not row.is_stale:
        badges.append(tag("span", text(row.note), class_="note"))
    return " ".join(badges)


def _row(row: Row, trace: Trace, told: set[str]) -> str:
    """`told`: places whose code an earlier row has."""
    named = f"{row.object} " if row.object and not row.waits else ""
    action = ("‖ " if row.waits else "") + named + row.action
    lanes = [tag("td", text(action) + (" " + _notes(row) if _notes(row) else ""), class_="act")
             if thread == row.thread else tag("td") for thread in range(trace.threads)]
    if row.thread < 0:
        lanes[0] = tag("td", text(outside + action), class_="act")
    values = [tag("td", text(value), class_="changed" if at == row.changed else None)
              for at, value in enumerate(row.values)]
    is_new = row.where not in told
    told.add(row.where)
    where = text(row.where) + (" " + tag("code", text(row.code)) if row.code and is_new else "")
    marked = tag("span", "race", class_="badge mark") + " " if row.marked else ""
    return tag("tr", tag("th", str(row.number) if row.number else "")
               + "".join(lanes) + "".join(values) + tag("td", marked + where),
               data_race=row.races_with or None, data_after=row.after or None,
               data_fails=True if row.fails else None)


def trace_table(trace: Trace, variant: str, scenario: str) -> str:
    head = ["step", *(f"thread {number}" for number in range(trace.threads)), *trace.objects,
            "source"]
    told: set[str] = set()
    rows = "".join(_row(row, trace, told) for row in trace.rows)
    inside = (tag("caption", text(f"An interleaving of the {variant} variant of {scenario}"))
              + tag("thead", tag("tr", "".join(tag("th", text(one), scope="col")
                                               for one in head))) + tag("tbody", rows))
    folded = tag("p", f"{trace.left_out:,} more steps are left out.") if trace.left_out else ""
    return tag("div", tag("table", inside, class_="trace"), class_="wide trace-place",
               tabindex=0) + folded


def excerpts(entries: Sequence[Entry], most: int) -> dict[str, str]:
    """Lines that steps are in and that no table of sources shows, by file:line, with a line before
    and after each. Two files of one name with different lines there have none."""
    found: dict[str, str] = {}
    unclear = set()
    for entry in entries:
        own = Path(entry.scenario.told["files"][0]).name
        rows = [row for told in entry.findings.values() for row in trace_of(told, most).rows]
        for file, line in dict.fromkeys((row.file, row.line) for row in rows):
            place = f"{Path(file).name}:{line}"
            if not file or Path(file).name == own:
                continue
            lines = "\n".join(f"{number:>4} {code}" for number, code in
                              lines_of(file, line - 1, line + 1))
            if lines and found.setdefault(place, lines) != lines:
                unclear.add(place)
    return {place: lines for place, lines in found.items() if place not in unclear}


def _players(entry: Entry, most: int) -> str:
    if not entry.findings:
        return ""
    parts = [tag("h3", "Step by step")]
    for variant, found in entry.findings.items():
        trace = trace_of(found, most)
        facts = ("Found with the fewest context switches there are." if found.get("fewest")
                 else "")
        parts.append(tag("section", tag("h4", f"{variant} variant")
                         + (tag("p", facts, class_="quiet") if facts and variant == "racy" else "")
                         + lanes.of_trace(trace)
                         + trace_table(trace, variant, entry.scenario.id),
                         class_="player", data_variant=variant, data_threads=trace.threads))
    return "".join(parts)


def _own_frames(frames: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Down to the harness, which is the same in every stack."""
    own = []
    for frame in frames[:most_frames]:
        if "/sanitizers/" in frame["file"] or "/racekit/registry.hpp" in frame["file"]:
            break
        own.append(frame)
    return own or frames[:1]


def _shortened(function: str) -> str:
    return function if len(function) <= 100 else function[:99] + "…"


def _stacks(entry: Entry) -> str:
    parts = []
    for variant in entry.scenario.variants:
        found = (entry.verdicts.get((variant, "tsan")) or {}).get("finding")
        for stack in (found or {}).get("stacks", []):
            frames = [f"#{number} {_shortened(frame['function'])}  "
                      f"{Path(frame['file']).name}:{frame['line']}"
                      for number, frame in enumerate(_own_frames(stack["frames"]))]
            parts.append(tag("div", tag("h4", text(stack["role"].strip()))
                             + tag("pre", text("\n".join(frames)), tabindex=0)))
    if not parts:
        return ""
    return (tag("h3", "ThreadSanitizer's stacks")
            + tag("div", "".join(parts), class_="stacks"))


def _outcomes(entry: Entry) -> str:
    rows = []
    for variant in entry.scenario.variants:
        for detector in ("stress", "process", "tsan"):
            counted = (entry.verdicts.get((variant, detector)) or {}).get("outcomes") or []
            most = max((one["times"] for one in counted), default=0) or 1
            for one in sorted(counted, key=lambda each: -each["times"]):
                bar = tag("span", "", class_="bar" + ("" if one["allowed"] else " forbidden"),
                          style=f"width:{max(100 * one['times'] / most, 0.5):.3g}%")
                rows.append([f"{variant}, {detector}", text(one["outcome"]), f"{one['times']:,}",
                             "" if one["allowed"] else "✗ forbidden", bar])
    if not rows:
        return ""
    return tag("h3", "Outcomes") + table(["run", "outcome", "times", "", ""], rows,
                                         class_="outcomes")


def _break_words(found: Break | None, graph: dict[str, Any], variant: str) -> str:
    ends = sum(bool(state.get("ended")) for state in graph["states"])
    size = f"{len(graph['states']):,} states, {ends:,} of them ends"
    if found is None:
        return tag("p", text(f"{variant}: no choice breaks it ({size})."))
    what = found.kind + (f", {found.consequence}" if found.consequence else "")
    steps = "".join(tag("li", text(line)) for line in found.words(graph))
    return tag("details", tag("summary", text(
        f"{variant}: the shortest break takes {len(found.edges)} steps ({size})"))
        + tag("ol", steps) + tag("p", text(f"It ends in: {what}.")))


def scheduler(entry: Entry, is_there: bool) -> str:
    if not entry.graphs or not is_there:
        why = entry.no_graph or "the page would be too large"
        return tag("p", text(f"You are the scheduler: not here, for {why}."), class_="quiet")
    parts = [tag("h3", "You are the scheduler"),
             tag("p", "Choose which thread goes next and which value a load reads. Try to break "
                      "the program. Every state was listed by the model; nothing is simulated "
                      "here.")]
    parts += [_break_words(shortest_break(graph), graph, variant)
              for variant, graph in entry.graphs.items()]
    parts.append(tag("div", "", class_="scheduler"))
    return "".join(parts)


def overview_row(entry: Entry, build: Build) -> str:
    one = entry.scenario
    link = tag("a", text(one.id), href="#" + anchor(one.id))
    row = cells("td", [link, text(one.title), text(one.bug_class)])
    for detector in build.detectors:
        if not one.hosts(detector):
            row += tag("td", "-", class_="none")
            continue
        row += tag("td", "<br>".join(
            tag("span", variant + ": ", class_="quiet") + seen(entry.verdicts.get(
                (variant, detector))) for variant in one.variants), data_detector=detector)
    return tag("tr", row)
