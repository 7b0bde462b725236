# SPDX-License-Identifier: MIT
"""racekit watch: runs a long command with a progress line; its output is shown only if it fails."""
from __future__ import annotations

import argparse
import re
import subprocess
import sys
import threading
from pathlib import Path

from .outcome import Problem
from .progress import Progress

_counted = re.compile(r"^\s*(\[\d+/\d+\]|\d+/\d+ Test).*")
_shown_of_failure = 80  # lines
_of_each_test = 25
_test_ended = re.compile(r"^\s*\d+/\d+ Test\s+#")
_test_started = re.compile(r"^\s*Start\s+\d+: ")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--log", type=Path, required=True, metavar="FILE")
    parser.add_argument("--words", required=True, help="what is going on")
    parser.add_argument("work", nargs=argparse.REMAINDER)


def _failed_tests(lines: list[str]) -> list[str]:
    """Of ctest's output: the summary, then the end of what each failed test printed.

    Some readers show only the last lines, and the names alone do not say why."""
    found: list[str] = []
    printed: list[str] | None = None  # by the failed test that ended last
    for number, line in enumerate(lines):
        summary = "tests passed, " in line
        if _test_ended.match(line) or summary:
            found += (printed or [])[-_of_each_test:]
            printed = None
            if summary:
                return _without_label_times(lines[number:]) + found if found else []
            if "***" in line and "***Skipped" not in line:
                found.append(line)
                printed = []
        elif printed is not None and not _test_started.match(line):
            printed.append(line)
    return []


def _without_label_times(summary: list[str]) -> list[str]:
    return [line for line in summary if "sec*proc" not in line]


def _telling(lines: list[str]) -> list[str]:
    """The part of a failed command's output that says why: from the first failure on, if marked."""
    for number, line in enumerate(lines):
        if line.startswith(("FAILED:", "CMake Error")):
            return lines[number:number + _shown_of_failure]
    tests = _failed_tests(lines)
    if tests:
        return tests
    return lines[-_shown_of_failure:]


def command(asked: argparse.Namespace) -> int:
    work = asked.work[1:] if asked.work[:1] == ["--"] else asked.work
    if not work:
        raise Problem("nothing to watch", "racekit watch --log FILE --words TEXT -- COMMAND ...")
    progress = Progress()
    lines: list[str] = []
    at = ""
    try:
        process = subprocess.Popen(work, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                   stderr=subprocess.STDOUT, text=True, errors="replace")
    except FileNotFoundError as missing:
        raise Problem(f"{work[0]} is not installed", "run scripts/setup") from missing
    assert process.stdout is not None

    def read() -> None:
        nonlocal at
        with asked.log.open("w") as log:
            for line in process.stdout:
                log.write(line)
                log.flush()
                lines.append(line.rstrip("\n"))
                if _counted.match(line) or not at:
                    at = " ".join(line.split())

    reader = threading.Thread(target=read)
    reader.start()
    try:
        while reader.is_alive():
            progress.show(f"racekit: {asked.words}  {at}")
            reader.join(0.2)
        code = process.wait()
    except KeyboardInterrupt:
        process.terminate()  # the terminal has told its children already
        process.wait()
        raise
    finally:
        progress.clear()
    if code != 0:
        print("\n".join(_telling(lines)), file=sys.stderr)
        print(f"racekit: {asked.words} failed (exit code {code}); all of it: {asked.log}",
              file=sys.stderr)
    else:
        loud = [line for line in lines if "SKIPPED" in line and "racekit" in line]
        for line in loud:
            print(" ".join(line.split()), file=sys.stderr)
    return min(code, 125) if code >= 0 else 125
