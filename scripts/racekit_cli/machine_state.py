# SPDX-License-Identifier: MIT
"""The machine that measures: what it is, and whether its figures mean something now."""
from __future__ import annotations

import os
import platform
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from .build_tree import Build

_cpus = Path("/sys/devices/system/cpu")
most_load = 0.5  # for each core, before a measurement begins


@dataclass(frozen=True)
class Machine:
    """What must be the same for two measurements to be compared."""
    processor: str
    cores: int
    system: str  # kernel and architecture

    def told(self) -> dict[str, Any]:
        return asdict(self)

    def difference(self, other: Machine) -> str:
        """In words, or nothing."""
        parts = [f"{name} '{mine}' there, '{theirs}' here" for name, mine, theirs in (
            ("processor", self.processor, other.processor), ("cores", self.cores, other.cores),
            ("system", self.system, other.system)) if mine != theirs]
        return "; ".join(parts)


def this_machine() -> Machine:
    processor = "unknown processor"
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            processor = " ".join(line.partition(":")[2].split())
            break
    system = platform.uname()
    return Machine(processor, len(os.sched_getaffinity(0)), f"{system.system} {system.machine}")


def _read(file: Path) -> str:
    try:
        return file.read_text().strip()
    except OSError:
        return ""


def governors(cpus: Path = _cpus) -> set[str]:
    """Of the cores; none in a virtual machine, where the host decides."""
    return {word for file in cpus.glob("cpu[0-9]*/cpufreq/scaling_governor")
            if (word := _read(file))}


def remarks(load: float, cores: int, cpus: Path = _cpus) -> list[str]:
    """What makes figures unsteady now, and what to do about it."""
    found = []
    if load > most_load * cores:
        found.append(f"the load is {load:.1f} on {cores} cores: other programs run; stop them, or "
                     "expect wide intervals")
    slow = governors(cpus) - {"performance"}
    if slow:
        found.append(f"the frequency governor is {', '.join(sorted(slow))}: set it to performance "
                     "(cpupower frequency-set -g performance)")
    if _read(cpus / "intel_pstate" / "no_turbo") == "0" or _read(cpus / "cpufreq" / "boost") == "1":
        found.append("the processor may boost its frequency: figures depend on its temperature")
    return found


def state_now() -> list[str]:
    return remarks(os.getloadavg()[0], len(os.sched_getaffinity(0)))


class ForeignLoad:
    """What other programs than this one and its children do, from now on."""

    def __init__(self) -> None:
        self._busy, self._all = self._machine()
        self._own = self._spent()

    def share(self) -> float:
        """Of all cores. A child that was not waited for counts as another program."""
        busy, everything = self._machine()
        foreign = (busy - self._busy) - (self._spent() - self._own)
        return max(0.0, foreign) / max(everything - self._all, 1e-9)

    @staticmethod
    def _machine() -> tuple[float, float]:
        """(busy, all) seconds of all cores together, since the machine started."""
        ticks = [int(word) for word in Path("/proc/stat").read_text().splitlines()[0].split()[1:9]]
        second = os.sysconf("SC_CLK_TCK")
        return (sum(ticks) - ticks[3] - ticks[4]) / second, sum(ticks) / second

    @staticmethod
    def _spent() -> float:
        times = os.times()
        return times.children_user + times.children_system + times.user + times.system


def of_build(build: Build) -> dict[str, str]:
    """What of the build its figures depend on."""
    return {"compiler": build.compiler_version, "build_type": build.build_type,
            "flags": build.flags}
