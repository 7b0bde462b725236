# SPDX-License-Identifier: MIT
"""Figures kept for later: what was measured, on which machine, by which build."""
from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from .build_tree import Build
from .known_figures import parse_samples
from .machine_state import Machine, of_build, this_machine
from .measuring import Sample
from .outcome import INCONCLUSIVE, Problem
from .written import write_file


@dataclass(frozen=True)
class Baseline:
    machine: Machine
    build: dict[str, str]
    samples: list[Sample]


def save(samples: Sequence[Sample], build: Build, file: Path) -> None:
    told = {"schema_version": 1, "machine": this_machine().told(), "build": of_build(build),
            "samples": [one.told() for one in samples]}
    write_file(file, json.dumps(told, indent=1) + "\n", "baseline", "--save")


def load(file: Path) -> Baseline:
    try:
        told = json.loads(file.read_text())
        return Baseline(Machine(**told["machine"]), told["build"],
                        parse_samples(told["samples"]))
    except OSError as failed:
        raise Problem(f"cannot read the baseline {file}: {failed.strerror}",
                      "save one first: racekit bench --save FILE") from failed
    except (ValueError, KeyError, TypeError) as broken:
        raise Problem(f"{file} is no baseline ({broken})",
                      "save one: racekit bench --save FILE") from broken


def load_for_here(file: Path) -> Baseline:
    """Refuses one of another machine: its times say nothing about this one."""
    known = load(file)
    difference = known.machine.difference(this_machine())
    if difference:
        raise Problem(f"{file} is the baseline of another machine: {difference}",
                      "save one on this machine: racekit bench --save FILE", INCONCLUSIVE)
    return known
