# SPDX-License-Identifier: MIT
"""Which program it was: the build id of an ELF file, or a hash of another file."""
from __future__ import annotations

import hashlib
import struct
from functools import lru_cache
from pathlib import Path

_note_section, _build_id_note = 7, 3


def _build_id(data: bytes) -> str:
    """The GNU build id of a 64-bit little-endian ELF file, or nothing."""
    if data[:6] != b"\x7fELF\x02\x01":
        return ""
    sections, = struct.unpack_from("<Q", data, 40)
    size, count = struct.unpack_from("<HH", data, 58)
    for number in range(count):
        kind, _, _, at, length = struct.unpack_from("<IQQQQ", data, sections + number * size + 4)
        end = at + length
        while kind == _note_section and at + 12 <= end:
            name_size, size_of_text, note = struct.unpack_from("<III", data, at)
            text = at + 12 + (name_size + 3 & ~3)
            if note == _build_id_note and data[at + 12:at + 16] == b"GNU\0":
                return data[text:text + size_of_text].hex()
            at = text + (size_of_text + 3 & ~3)
    return ""


@lru_cache(maxsize=None)
def _of(program: str, _changed_at: int) -> str:
    data = Path(program).read_bytes()
    try:
        known = _build_id(data)
    except struct.error:
        known = ""
    return known or "sha256:" + hashlib.sha256(data).hexdigest()


def binary_id(program: Path | None) -> str:
    """The same for the same program; nothing where there is none that can be read."""
    if program is None:
        return ""
    try:
        return _of(str(program), program.stat().st_mtime_ns)
    except OSError:
        return ""
