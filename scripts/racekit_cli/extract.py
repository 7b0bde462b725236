# SPDX-License-Identifier: MIT
"""The short table of the README: one scenario a family, from the verdict files of the last run."""
from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

Verdict = dict[str, Any]


def _verdicts(folder: Path) -> dict[tuple[str, str, str], Verdict]:
    """By scenario, variant and detector."""
    read = [json.loads(file.read_text()) for file in sorted(folder.glob("*.json"))]
    return {(one["scenario"], one["variant"], one["detector"]): one for one in read}


def _found(verdict: Verdict | None) -> str:
    if verdict is None:
        return "-"
    finding = verdict.get("finding")
    return f"{finding['kind']} @{finding['found_in']:,}" if finding else "silent"


def _native(verdicts: dict[tuple[str, str, str], Verdict], scenario: str) -> Verdict | None:
    return (verdicts.get((scenario, "racy", "stress"))
            or verdicts.get((scenario, "racy", "process")))


def _telling(verdicts: dict[tuple[str, str, str], Verdict], scenarios: Iterable[str]) -> str:
    """The scenario that most detectors found; of several the first."""
    def findings(scenario: str) -> int:
        return sum(bool(one.get("finding")) for key, one in verdicts.items()
                   if key[0] == scenario and key[1] == "racy")
    return max(sorted(scenarios), key=findings)


def rows(folder: Path) -> list[tuple[str, ...]]:
    """(scenario, native, tsan and model on the racy variant, model on the fixed one)."""
    verdicts = _verdicts(folder)
    by_family: dict[str, set[str]] = {}
    for scenario, _, _ in verdicts:
        if "." not in scenario:  # not the memory orders of a primitive
            by_family.setdefault(scenario.partition("/")[0], set()).add(scenario)
    chosen = sorted(_telling(verdicts, scenarios) for scenarios in by_family.values())
    return [(scenario, _found(_native(verdicts, scenario)),
             _found(verdicts.get((scenario, "racy", "tsan"))),
             _found(verdicts.get((scenario, "racy", "model"))),
             _reach(verdicts.get((scenario, "fixed", "model")))) for scenario in chosen]


def _reach(verdict: Verdict | None) -> str:
    """Without what was begun and found to be covered."""
    return "-" if verdict is None else str(verdict["reach"]["words"]).partition(" (")[0]


def render(folder: Path) -> str:
    """The table as text, at most 100 columns; no text if there is no verdict."""
    table = rows(folder)
    if not table:
        return ""
    head = ("scenario", "racy: native", "racy: tsan", "racy: model", "fixed: model")
    widths = [max(len(row[column]) for row in (head, *table)) for column in range(len(head))]
    lines = ["  ".join(f"{cell:<{width}}" for cell, width in zip(row, widths)).rstrip()
             for row in (head, *table)]
    return "\n".join([lines[0], "─" * max(len(line) for line in lines), *lines[1:]]) + "\n"
