# SPDX-License-Identifier: MIT
"""Runs a program in a process group of its own, to its end or to its deadline, leaving nobody."""
from __future__ import annotations

import os
import select
import signal
import subprocess
import tempfile
import threading
from collections.abc import Sequence
from dataclasses import dataclass

_running: set[int] = set()
_guard = threading.Lock()


@dataclass(frozen=True)
class Ended:
    code: int  # as subprocess has it: minus the signal's number if one killed it
    stdout: str
    stderr: str
    timed_out: bool

    @property
    def killer(self) -> str:
        """The name of the signal that killed it, or nothing."""
        return signal.Signals(-self.code).name if self.code < 0 else ""

    @property
    def last_words(self) -> str:
        lines = [line.strip() for line in self.stderr.splitlines() if line.strip(" =\t")]
        return lines[-1] if lines else ""


def _kill_group(leader: int) -> None:
    try:
        os.killpg(leader, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):
        pass


def kill_all() -> None:
    """Ends every program that is still running: the user wants out."""
    with _guard:
        for leader in _running:
            _kill_group(leader)


def run(command: Sequence[str], seconds: float, show_errors: bool = False) -> Ended:
    """A program that cannot even be started has ended with code 127, as a shell has it. What it
    says on stderr is kept, or shown as it comes."""
    try:
        return _run(command, seconds, show_errors)
    except OSError as failed:
        return Ended(127, "", f"{command[0]} cannot be started: {failed.strerror}", False)


def _run(command: Sequence[str], seconds: float, show_errors: bool) -> Ended:
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        with _guard:
            process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=out,
                                       stderr=None if show_errors else err,
                                       start_new_session=True)
            _running.add(process.pid)
        descriptor = os.pidfd_open(process.pid)
        try:
            poll = select.poll()
            poll.register(descriptor, select.POLLIN)
            timed_out = not poll.poll(int(seconds * 1000))
        finally:
            # Not reaped yet, so the number still means this group: children it left end here too.
            _kill_group(process.pid)
            process.wait()
            with _guard:
                _running.discard(process.pid)
            os.close(descriptor)
        texts = []
        for file in (out, err):
            file.seek(0)
            texts.append(file.read().decode("utf-8", "replace"))
        return Ended(process.returncode, texts[0], texts[1], timed_out)
