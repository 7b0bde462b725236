# SPDX-License-Identifier: MIT
"""One line that says how far a long work is: redrawn on a terminal, else a line now and then."""
from __future__ import annotations

import os
import shutil
import sys
import time
from typing import TextIO


class Progress:
    plain_every = 5.0  # seconds between lines where nothing can be redrawn
    redraw_every = 0.1

    def __init__(self, stream: TextIO | None = None) -> None:
        self._stream = stream or sys.stderr
        self._redraws = self._stream.isatty() and os.environ.get("TERM", "dumb") != "dumb"
        self._began = time.monotonic()
        self._last = self._began if not self._redraws else 0.0
        self._drawn = False

    def show(self, text: str) -> None:
        now = time.monotonic()
        if now - self._last < (self.redraw_every if self._redraws else self.plain_every):
            return
        self._last = now
        line = f"{text}  {now - self._began:.0f} s"
        if self._redraws:
            width = shutil.get_terminal_size((80, 24)).columns - 1
            self._stream.write("\r\x1b[K" + line[:width])
            self._drawn = True
        else:
            self._stream.write(line + "\n")
        self._stream.flush()

    def clear(self) -> None:
        if self._drawn:
            self._stream.write("\r\x1b[K")
            self._stream.flush()
            self._drawn = False
