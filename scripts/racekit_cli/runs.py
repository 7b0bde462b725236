# SPDX-License-Identifier: MIT
"""One (scenario, variant, detector): run its program and read or write its verdict."""
from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from . import child
from .binary_id import binary_id
from .build_tree import Build, program_name
from .catalogue import Scenario
from .outcome import INTERNAL, KEPT, USAGE, VERDICT_CODES, Problem

VARIANTS = ("racy", "fixed")
MEMORIES = ("exact", "relacy")  # of the model
backstop = 120.0  # seconds; the detectors have watchdogs of their own, long before this


def backstop_of(options: Sequence[str]) -> float:
    """After so many seconds a program is killed: more where its limits are scaled up."""
    scale = float(options[options.index("--scale") + 1]) if "--scale" in options else 1.0
    return backstop * max(scale, 1.0)


@dataclass(frozen=True)
class Run:
    scenario: Scenario
    variant: str
    detector: str

    @property
    def name(self) -> str:
        return f"{self.scenario.family}.{self.scenario.name}.{self.variant}.{self.detector}"


@dataclass(frozen=True)
class Result:
    run: Run
    verdict: dict[str, Any]  # the document of verdicts/*.json
    text: str = ""  # what the program printed

    @property
    def word(self) -> str:
        return self.verdict["verdict"]


def plan(scenarios: Iterable[Scenario], detectors: Sequence[str],
         variants: Sequence[str]) -> list[Run]:
    return [Run(one, variant, detector) for one in scenarios for detector in detectors
            for variant in variants if one.hosts(detector) and variant in one.variants]


def _own_verdict(run: Run, word: str, why: str, seconds: float = 0.0) -> dict[str, Any]:
    """A verdict document for a run whose program could not write one."""
    said = run.scenario.promises[run.detector]
    promise = {"sight": said.sight} if run.variant == "racy" else {"sight": "clean"}
    if run.variant == "racy" and said.words:
        promise["kind"] = said.words
    return {"schema_version": 1, "scenario": run.scenario.id, "variant": run.variant,
            "detector": run.detector, "promise": promise, "verdict": word, "why": why,
            "exit_code": VERDICT_CODES[word],
            "saw": "inconclusive" if word in ("inconclusive", "skipped") else "failed",
            "reach": {"words": "nothing", "how": "none", "count": 0, "unit": "", "bounds": ""},
            "mode": "", "seed": 0, "seconds": seconds, "file": run.scenario.told["files"][0],
            "trouble": why, "outcomes": [], "finding": None}


def _read(file: Path, run: Run, code: int) -> tuple[dict[str, Any] | None, str]:
    """The verdict a program wrote, or why it is unusable."""
    if not file.is_file():
        return None, "it wrote no verdict"
    try:
        told = json.loads(file.read_text())
        if (told["scenario"], told["variant"], told["detector"]) != (
                run.scenario.id, run.variant, run.detector):
            return None, "its verdict is about another run"
        if told["verdict"] not in VERDICT_CODES:
            return None, f"its verdict is an unknown word, '{told['verdict']}'"
        if code != VERDICT_CODES[told["verdict"]]:
            return None, f"its verdict says {told['verdict']}, yet it exited with {code}"
    except (ValueError, KeyError, TypeError) as broken:
        return None, f"its verdict cannot be read ({broken})"
    return told, ""


def _cannot_start(program: Path) -> str:
    """Why even listing fails, or nothing: a runtime that cannot start, or a run that died?"""
    ended = child.run([str(program), "--list"], 30)
    if ended.code == KEPT and not ended.timed_out:
        return ""
    return ended.last_words or ended.killer or f"exit code {ended.code}"


def _judge_silence(run: Run, ended: child.Ended, program: Path, trouble: str) -> tuple[str, str]:
    """Verdict and reason for a program that ended without a usable verdict."""
    if ended.timed_out:
        return "hang", f"still running after {backstop:.0f} s, killed"
    if run.detector == "tsan":
        why = _cannot_start(program)
        if why:
            return "inconclusive", (f"ThreadSanitizer cannot start here: {why}; "
                                    f"{program_name()} doctor says what to change")
    last = f": {ended.last_words}" if ended.last_words else ""
    if ended.killer:
        return "broken", f"the program died of {ended.killer}{last}"
    return "failed", f"the program ended with exit code {ended.code}: {trouble}{last}"


def arguments_of(run: Run, program: Path, file: Path, options: Sequence[str]) -> list[str]:
    return [str(program), "--scenario", run.scenario.id, "--variant", run.variant, "--detector",
            run.detector, "--json", str(file), *options]


def file_of(run: Run, build: Build) -> Path:
    return build.verdicts / f"{run.name}.json"


def rewrite(one: Result, build: Build) -> None:
    """After something was added to a verdict: its file says it too."""
    file_of(one.run, build).write_text(json.dumps(one.verdict, indent=2) + "\n")


def _own_options(run: Run, build: Build, options: Sequence[str]) -> Sequence[str]:
    seed = build.seeds.get(run.scenario.id)
    return [*options, "--seed", seed] if seed and "--seed" not in options else options


def carry_out(run: Run, build: Build, options: Sequence[str] = ()) -> Result:
    """Runs the program; whatever happens, a verdict document says so and lies in its file."""
    file = file_of(run, build)
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.unlink(missing_ok=True)
    except OSError as failed:
        raise Problem(f"cannot write the verdict {file}: {failed.strerror}",
                      "make the build folder writable, or name another with --build",
                      INTERNAL) from failed
    options = _own_options(run, build, options)
    program = build.program(run.scenario.id, run.detector)
    text = ""
    if run.detector == "tsan" and build.tsan_missing:
        verdict = _own_verdict(run, "skipped", build.tsan_missing)
    elif program is None or not program.is_file():
        verdict = _own_verdict(run, "failed", "its program is not built: "
                               f"cmake --build {build.folder}"
                               + (f" --target {program.name}" if program else ""))
    else:
        began = time.monotonic()
        ended = child.run(arguments_of(run, program, file, options), backstop_of(options))
        if ended.code == USAGE and not file.is_file():
            raise Problem(ended.last_words.removeprefix("racekit: ") or "the program refused",
                          f"said by {program.name}")
        text = ended.stdout + ended.stderr
        told, trouble = _read(file, run, ended.code)
        verdict = told or _own_verdict(run, *_judge_silence(run, ended, program, trouble),
                                       time.monotonic() - began)
        verdict["binary"] = binary_id(program)
    file.write_text(json.dumps(verdict, indent=2) + "\n")
    return Result(run, verdict, text)


def carry_out_all(runs: Sequence[Run], build: Build, jobs: int, options: Sequence[str],
                  tell: Callable[[Sequence[Result], Sequence[Run]], None]) -> list[Result]:
    """Several at a time; `tell` hears, a few times a second, what is done and what is running."""
    results: dict[Run, Result] = {}
    waiting = list(runs)
    running: dict[Any, Run] = {}
    with ThreadPoolExecutor(max_workers=jobs) as pool:
        try:
            while waiting or running:
                while waiting and len(running) < jobs:
                    run = waiting.pop(0)
                    running[pool.submit(carry_out, run, build, options)] = run
                tell(list(results.values()), list(running.values()))
                done, _ = wait(running, timeout=0.2, return_when=FIRST_COMPLETED)
                for future in done:
                    run = running.pop(future)
                    results[run] = future.result()
        except BaseException:
            waiting.clear()
            child.kill_all()
            raise
    return [results[run] for run in runs]
