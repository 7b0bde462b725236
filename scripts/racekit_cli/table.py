# SPDX-License-Identifier: MIT
"""The table: a row per scenario (racy above fixed), a column per detector."""
from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from .catalogue import Scenario, Unusable
from .runs import VARIANTS, Result
from .terminal import Terminal, visible

Results = dict[tuple[str, str, str], Result]  # by scenario id, variant, detector

_styles = {"kept": "green", "skipped": "yellow", "inconclusive": "yellow"}
_sights = {"may_find": "may find"}


@dataclass(frozen=True)
class Cell:
    """What one run came to, in the parts that line up below each other."""
    mark: str = ""
    promise: str = ""
    seen: str = ""
    time: str = ""
    style: str = ""


def seen_in_words(result: Result) -> str:
    """What the detector saw: a finding and where, silence and how far, or why neither."""
    told = result.verdict
    found = told.get("finding")
    if found:
        return f"{found['kind']} @{found['found_in']:,}" if found["found_in"] else found["kind"]
    if result.word not in ("kept", "broken") or told["reach"]["how"] == "none":
        return result.word
    if result.run.variant == "fixed":
        return told["reach"]["words"]
    return f"silent, {told['reach']['words']}"


class _Footnotes:
    def __init__(self) -> None:
        self.texts: list[str] = []

    def sign(self, text: str) -> str:
        if text not in self.texts:
            self.texts.append(text)
        return f"[{self.texts.index(text) + 1}]"


def _warnings(result: Result, notes: _Footnotes) -> str:
    """Signs for what a clean verdict does not speak of."""
    kinds = [one["kind"] for one in result.verdict.get("warnings", [])]
    return "".join(" " + notes.sign(f"{result.run.detector}: the program may have other "
                                    f"executions, which the model does not show: {kind}")
                   for kind in kinds)


def _cell(result: Result | None, terminal: Terminal, notes: _Footnotes) -> Cell:
    if result is None:
        return Cell()
    sight = result.verdict["promise"]["sight"]
    ran = result.word != "skipped" and result.verdict["reach"]["how"] != "none"
    return Cell(mark=terminal.mark(result.word), promise=_sights.get(sight, sight),
                seen=seen_in_words(result) + _warnings(result, notes),
                time=f"{result.verdict['seconds']:.1f} s" if ran else "",
                style=_styles.get(result.word, "red"))


class _Column:
    """Cells of one detector, padded so that their parts line up."""

    def __init__(self, title: str, cells: Sequence[Cell]) -> None:
        self._promise = max((len(one.promise) for one in cells), default=0)
        self._seen = max((len(one.seen) for one in cells), default=0)
        self._time = max((len(one.time) for one in cells), default=0)
        self.title = title
        self.width = max(len(title), 2 + self._promise + 2 + self._seen + 2 + self._time)
        self._seen += self.width - (2 + self._promise + 2 + self._seen + 2 + self._time)

    def render(self, cell: Cell, terminal: Terminal) -> str:
        if not cell.mark:
            return " " * self.width
        mark = terminal.paint(cell.mark, cell.style)
        loud = cell.style if cell.style != "green" else ""
        words = f"{cell.promise:<{self._promise}}  {cell.seen:<{self._seen}}"
        time = f"{cell.time:>{self._time}}"
        return f"{mark} {terminal.paint(words, loud)}  {terminal.paint(time, 'dim')}"

    def absent(self, sign: str) -> str:
        return sign + " " * (self.width - visible(sign))


def _name_lines(one: Scenario) -> tuple[str, str]:
    kind = one.bug_class + (f", CWE-{one.cwe}" if one.cwe else "")
    return one.id, "  " + kind


def _title(detector: str, results: Results) -> str:
    """With the unit that its verdicts count in."""
    units = {one.verdict["reach"]["unit"] for key, one in results.items() if key[2] == detector}
    units.discard("")
    return f"{detector} ({' or '.join(sorted(units))})" if units else detector


def _counted(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"


def _block(scenarios: Sequence[Scenario], detectors: Sequence[str], results: Results,
           notes: _Footnotes, terminal: Terminal) -> list[str]:
    """Scenarios with the same kind of cast: the detectors that cannot have it get no column."""
    names = [_name_lines(one) for one in scenarios]
    name_width = max(len(line) for pair in names for line in pair)
    cells = {(one.id, variant, detector): _cell(results.get((one.id, variant, detector)), terminal,
                                                notes)
             for one in scenarios for variant in VARIANTS for detector in detectors}
    columns = {detector: _Column(_title(detector, results),
                                 [cell for key, cell in cells.items() if key[2] == detector])
               for detector in detectors}

    cast = scenarios[0].cast
    gap = "   "
    head = gap.join([f"{'run by ' + cast:<{name_width}}", "     "]
                    + [f"{column.title:<{column.width}}" for column in columns.values()])
    width = visible(head)
    lines = [terminal.paint(head.rstrip(), "bold"), terminal.rule(width)]
    family = scenarios[0].family
    for one, (name, kind) in zip(scenarios, names):
        if one.family != family:
            lines.append(terminal.paint(terminal.rule(width), "dim"))
            family = one.family
        texts = zip(one.variants, ((name, "bold"), (kind, "dim")))
        for variant, (text, style) in texts:
            row = [terminal.paint(f"{text:<{name_width}}", style), f"{variant:<5}"]
            for detector, column in columns.items():
                said = one.promises[detector]
                if said.sight == "absent":
                    why = f"no {detector}: {said.words}"
                    row.append(column.absent("- " + notes.sign(why)
                                             if variant == one.variants[0] else ""))
                else:
                    row.append(column.render(cells[one.id, variant, detector], terminal))
            lines.append(gap.join(row).rstrip())
    return lines


def _is_too_wide(lines: Sequence[str], terminal: Terminal) -> bool:
    return any(visible(line) > terminal.width for line in lines)


def _narrow(scenarios: Sequence[Scenario], detectors: Sequence[str], results: Results,
            notes: _Footnotes, terminal: Terminal) -> list[str]:
    """A line for each run, where a row of all detectors does not fit."""
    cells = {(one.id, variant, detector): _cell(results.get((one.id, variant, detector)), terminal,
                                                notes)
             for one in scenarios for variant in VARIANTS for detector in detectors}
    promise = max((len(one.promise) for one in cells.values()), default=0)
    name_width = max(map(len, detectors), default=0)
    lines = []
    for one in scenarios:
        name, kind = _name_lines(one)
        lines += terminal.wrapped(f"{name} {kind}", "bold")
        for variant in one.variants:
            lead = f"  {variant:<5}"
            for detector in detectors:
                head = f"{lead}  {detector:<{name_width}}  "
                said = one.promises[detector]
                cell = cells[one.id, variant, detector]
                if said.sight == "absent":
                    if variant == one.variants[0]:
                        lines.append(head + "- " + notes.sign(f"no {detector}: {said.words}"))
                        lead = " " * len(lead)
                    continue
                if not cell.mark:
                    continue
                text = f"{head}{cell.mark} {cell.promise:<{promise}}  {cell.seen}  {cell.time}"
                style = cell.style if cell.style != "green" else ""
                lines += terminal.wrapped(text.rstrip(), style, len(head) - 2)
                lead = " " * len(lead)
    return lines


def render(results: Sequence[Result], known: Sequence[str], terminal: Terminal) -> str:
    """`known`: the detectors of the build, in the order of their columns."""
    by_key: Results = {(one.run.scenario.id, one.run.variant, one.run.detector): one
                       for one in results}
    scenarios = list({one.run.scenario.id: one.run.scenario for one in results}.values())
    asked = {one.run.detector for one in results}
    groups = []
    for cast in ("threads", "processes"):
        told = [one for one in scenarios if one.cast == cast]
        detectors = [name for name in known
                     if name in asked and any(one.hosts(name) for one in told)]
        if told:
            groups.append((told, detectors))

    def drawn(block) -> tuple[list[str], _Footnotes]:
        notes = _Footnotes()
        lines: list[str] = []
        for told, detectors in groups:
            lines += block(told, detectors, by_key, notes, terminal) + [""]
        return lines, notes

    lines, notes = drawn(_block)
    if _is_too_wide(lines, terminal):
        lines, notes = drawn(_narrow)
    for number, text in enumerate(notes.texts, 1):
        lines += terminal.wrapped(f"[{number}] {text}", "dim")
    lines += terminal.wrapped(
        "finds: must be found   may find: counted, not judged   blind: must stay silent   "
        "clean: nothing may be found   @n: in that round, run or execution", "dim")
    return "\n".join(lines)


def _again(one: Result, program: str, terminal: Terminal) -> list[str]:
    run = one.run
    return terminal.command("    again: ", f"{program} run {run.scenario.id} --variant "
                                           f"{run.variant} --detector {run.detector}")


def _loud_lines(results: Sequence[Result], program: str, terminal: Terminal) -> list[str]:
    """What is not as promised: each with its reason and the command that shows it again; several
    with the same reason on one line."""
    alike: dict[tuple[str, str, str], list[Result]] = {}
    for one in results:
        if one.word != "kept":
            found = (one.verdict.get("finding") or {}).get("consequence", "")
            why = one.verdict["why"] + (f": {found}" if found else "")
            alike.setdefault((one.word, one.run.detector, why), []).append(one)
    lines = []
    for (word, detector, why), members in alike.items():
        first = members[0]
        who = f"{first.run.scenario.id} {first.run.variant}, {detector}"
        mark = terminal.mark(word)
        if word == "skipped":
            who = f"{len(members)} {detector} run{'s' if len(members) > 1 else ''} SKIPPED"
            lines += terminal.wrapped(f"{mark} {who}: {why}", "yellow")
            continue
        if len(members) > 1:
            who += f" and {len(members) - 1} more"
        lines += terminal.wrapped(f"{mark} {word}: {who}: {why}", _styles.get(word, "red"))
        lines += _again(first, program, terminal)
    return lines


def totals(results: Sequence[Result], unusable: Sequence[Unusable], seconds: float, jobs: int,
           program: str, terminal: Terminal) -> str:
    """What is not as promised, then the counts. `program` is how to call the command line."""
    words = [one.word for one in results] + ["failed" for _ in unusable]
    parts = []
    for word in ("kept", "broken", "inconclusive", "hang", "failed", "skipped"):
        count = words.count(word)
        if count or word in ("kept", "broken"):
            style = ("" if not count else
                     "green" if word == "kept" else _styles.get(word, "red"))
            parts.append(terminal.paint(f"{count} {word}", style))
    lines = _loud_lines(results, program, terminal)
    for one in unusable:
        lines += terminal.wrapped(f"{terminal.mark('failed')} failed: {one.line()}", "red")
    counts = f"{terminal.paint('totals', 'bold')}  " + ", ".join(parts)
    scenarios = len({one.run.scenario.id for one in results})
    spent = (f"{_counted(len(results), 'run')} of {_counted(scenarios, 'scenario')} in "
             f"{seconds:.1f} s, {jobs} at a time")
    fits = visible(counts) + 3 + len(spent) <= terminal.width
    lines += [f"{counts}   {spent}"] if fits else [counts, "        " + spent]
    return "\n".join(lines)
