# SPDX-License-Identifier: MIT
"""primitives/PLATFORM.md lists every name that <racekit/platform.hpp> has in all flavours.

Wants COMPILER in the environment: a clang++, whose code completion names what is in racekit::.
"""
from __future__ import annotations

import os
import re
import subprocess
import tempfile
import unittest
from pathlib import Path

TOP = Path(__file__).resolve().parents[3]
PAGE = TOP / "primitives" / "PLATFORM.md"
FLAVOURS = ("NATIVE", "TSAN", "MODEL")


def names_in(flavour: str) -> set[str]:
    """What may follow `racekit::` after the platform's header."""
    with tempfile.NamedTemporaryFile("w", suffix=".cpp") as file:
        file.write("#include <racekit/platform.hpp>\nvoid f() { racekit:: }\n")
        file.flush()
        told = subprocess.run(
            [os.environ["COMPILER"], "-std=c++20", "-DNDEBUG", f"-DRACEKIT_FLAVOUR_{flavour}",
             f"-I{TOP / 'primitives'}", "-fsyntax-only", "-Xclang",
             f"-code-completion-at={file.name}:2:21", file.name],
            capture_output=True, text=True, check=False)
    found = set(re.findall(r"^COMPLETION: (\w+)", told.stdout, re.MULTILINE))
    if "atomic" not in found:
        raise AssertionError(f"the compiler names nothing:\n{told.stdout}{told.stderr}")
    return {name for name in found if not name.endswith("_detail")}


def names_on(page: str) -> set[str]:
    """The names in the first column of a table, and in the last section."""
    tables, _, last = page.partition("## For the primitives themselves")
    text = "\n".join(line.split("|")[1] for line in tables.splitlines() if line.startswith("| `"))
    return set(re.findall(r"`(\w+)`", text + last))


class Platform(unittest.TestCase):
    def test_the_page_lists_every_name(self) -> None:
        by_flavour = [names_in(flavour) for flavour in FLAVOURS]
        everywhere = set.intersection(*by_flavour)
        listed = names_on(PAGE.read_text())
        self.assertEqual(sorted(everywhere - listed), [], "add them to primitives/PLATFORM.md")
        self.assertEqual(sorted(listed - everywhere), [],
                         "primitives/PLATFORM.md lists what not every flavour has")

    def test_a_missing_name_is_noticed(self) -> None:
        page = PAGE.read_text()
        self.assertNotIn("plain", names_on(page.replace("| `plain` |", "| plain |")))
        self.assertIn("futex_wake", names_on(page))


if __name__ == "__main__":
    unittest.main()
