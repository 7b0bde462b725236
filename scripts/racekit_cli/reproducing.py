# SPDX-License-Identifier: MIT
"""How often a finding of real threads or processes comes up when its run is repeated."""
from __future__ import annotations

import json
import tempfile
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from pathlib import Path

from . import child
from .build_tree import Build
from .runs import Result, Run, arguments_of, backstop_of, rewrite

STANDARD = 10  # times that a finding is looked for again
LONGEST = 40.0  # seconds for one finding
_most_lines = 8

Tell = Callable[[int, int, Sequence[Run]], None]  # hears what is done, of how many, what is running


@dataclass(frozen=True)
class Again:
    """How often which findings are looked for again."""
    times: int
    only_broken: bool  # a finding that keeps a promise is left alone
    seconds: float  # for each; a try that has not ended by then is stopped and does not count
    jobs: int

    def wants(self, one: Result, build: Build) -> bool:
        """The model's findings are exact as they are."""
        program = build.program(one.run.scenario.id, one.run.detector)
        return bool(self.times and one.verdict.get("finding")
                    and not (self.only_broken and one.word == "kept")
                    and build.flavour_of[one.run.detector] != "model"
                    and program and program.is_file())


def _command(one: Result, build: Build, options: Sequence[str], file: Path) -> list[str]:
    """The same schedule where the detector can replay it, else the same seed."""
    program = build.program(one.run.scenario.id, one.run.detector)
    assert program is not None
    schedule = one.verdict["finding"]["schedule"]
    kept = ["--schedule", schedule] if schedule else list(options)
    if not schedule:
        if "--seed" in kept:
            at = kept.index("--seed")
            del kept[at:at + 2]
        kept += ["--seed", str(one.verdict["seed"])]
    return arguments_of(one.run, program, file, kept)


def _found_again(one: Result, build: Build, options: Sequence[str], seconds: float) -> bool | None:
    """Whether the same kind of finding came up; None if the time was over before the end."""
    longest = backstop_of(options)
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "verdict.json"
        ended = child.run(_command(one, build, options, file), min(seconds, longest))
        if ended.timed_out and seconds < longest:
            return None
        try:
            again = json.loads(file.read_text())
            return (again["finding"] or {}).get("kind") == one.verdict["finding"]["kind"]
        except (OSError, ValueError, KeyError, TypeError):
            return False  # it ended in another way


def _reproduce(one: Result, build: Build, options: Sequence[str], how: Again,
               stop: threading.Event) -> None:
    """Its verdict says afterwards how often the same kind of finding came up."""
    began = time.monotonic()
    tries: list[bool] = []
    while len(tries) < how.times and not stop.is_set():
        left = began + how.seconds - time.monotonic()
        came = _found_again(one, build, options, left) if left > 0 else None
        if came is None:
            break
        tries.append(came)
    one.verdict["reproduced"] = {
        "times": sum(tries), "of": len(tries), "wanted": how.times,
        "by": "schedule" if one.verdict["finding"]["schedule"] else "seed",
        "seconds": round(time.monotonic() - began, 3)}
    rewrite(one, build)


def reproduce_all(results: Iterable[Result], build: Build, options: Sequence[str], how: Again,
                  tell: Tell) -> None:
    """Several findings side by side."""
    waiting = [one for one in results if how.wants(one, build)]
    total = len(waiting)
    running: dict[Future[None], Run] = {}
    stop = threading.Event()
    with ThreadPoolExecutor(max_workers=how.jobs) as pool:
        try:
            while waiting or running:
                while waiting and len(running) < how.jobs:
                    one = waiting.pop(0)
                    running[pool.submit(_reproduce, one, build, options, how, stop)] = one.run
                tell(total - len(waiting) - len(running), total, list(running.values()))
                done, _ = wait(running, timeout=0.2, return_when=FIRST_COMPLETED)
                for future in done:
                    running.pop(future)
                    future.result()
        except BaseException:
            stop.set()
            child.kill_all()
            raise


def in_words(one: Result) -> str:
    told = one.verdict["reproduced"]
    if not told["of"]:
        return f"no try with the same {told['by']} ended in time, so whether it comes up is open"
    words = f"reproduced {told['times']} of {told['of']} with the same {told['by']}"
    if told["of"] < told["wanted"]:
        words += f"; the time was over before {told['wanted']} tries"
    return words


def _name(one: Result) -> str:
    return f"{one.run.scenario.id} {one.run.variant}, {one.run.detector}"


def counted(results: Iterable[Result]) -> tuple[str, list[Result]]:
    """How many came up every time, sometimes and never; and those that did not every time."""
    again = [one for one in results if one.verdict.get("reproduced")]
    rare = [one for one in again
            if not one.verdict["reproduced"]["times"] == one.verdict["reproduced"]["of"] > 0]
    untried = sum(not one.verdict["reproduced"]["of"] for one in rare)
    never = sum(not one.verdict["reproduced"]["times"] for one in rare) - untried
    wanted = max((one.verdict["reproduced"]["wanted"] for one in again), default=0)
    words = (f"{len(again)} findings of real threads and processes, looked for again up to "
             f"{wanted} times each: {len(again) - len(rare)} came up every time, "
             f"{len(rare) - never - untried} sometimes, {never} never")
    fewer = sum(0 < one.verdict["reproduced"]["of"] < one.verdict["reproduced"]["wanted"]
                for one in again)
    words += f", of {untried} no try ended in time" if untried else ""
    return words + (f"; {fewer} with fewer tries, for the time was over" if fewer else ""), rare


def lines(results: Sequence[Result]) -> list[str]:
    """Of a few findings a line each; of many the counts, and those that did not always come up."""
    again = [one for one in results if one.verdict.get("reproduced")]
    if len(again) <= _most_lines:
        return [f"{_name(one)}: {in_words(one)}" for one in again]
    words, rare = counted(again)
    told = "; ".join(f"{_name(one)} {one.verdict['reproduced']['times']} of "
                     f"{one.verdict['reproduced']['of']}" for one in rare)
    return [f"reproduced: {words}"] + ([f"not every time: {told}"] if rare else [])
