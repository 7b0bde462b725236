# SPDX-License-Identifier: MIT
"""Writes a file that an option named: whole, or not at all."""
from __future__ import annotations

from pathlib import Path

from .outcome import INTERNAL, Problem


def write_file(file: Path, text: str, what: str, option: str) -> None:
    """`what` is the file in the words of an error, `option` the one that named it."""
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        if file.exists() and not file.is_file():  # a device or a pipe is written to as it is
            file.write_text(text, encoding="utf-8")
            return
        partial = file.with_name(file.name + ".partial")
        partial.write_text(text, encoding="utf-8")
        partial.replace(file)
    except OSError as failed:
        raise Problem(f"cannot write the {what} {file}: {failed.strerror}",
                      f"name another with {option}", INTERNAL) from failed
