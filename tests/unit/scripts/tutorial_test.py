# SPDX-License-Identifier: MIT
"""The page of the tutorial's 53 rows: what it names exists, and its figures are read."""
from __future__ import annotations

import re
import shlex
import sys
import unittest

from fake_build import TOP

sys.path.insert(0, str(TOP / "scripts"))

from racekit_cli import main, readme_command, tutorial  # noqa: E402

PAGE = TOP / "scenarios" / "TUTORIAL.md"


def without_figures(text: str) -> list[str]:
    """The rows, but for the column that changes with each measurement."""
    return [re.sub(r"\|[^|]*(\|[^|]*\|)$", r"|\1", line) for line in text.splitlines()
            if line.startswith("| ")]


class Tutorial(unittest.TestCase):
    def test_fifty_three_rows(self) -> None:
        self.assertEqual([one.number for one in tutorial.ENTRIES], list(range(1, 54)))
        for one in tutorial.ENTRIES:
            with self.subTest(one.number):
                self.assertTrue(one.lacks or (one.files and one.command),
                                "neither there nor said to be lacking")
                self.assertEqual(bool(one.files), bool(one.command))

    def test_files_exist(self) -> None:
        for one in tutorial.ENTRIES:
            for file in one.files.split():
                with self.subTest(file):
                    self.assertTrue((TOP / file).is_file())

    def test_commands_exist(self) -> None:
        for one in tutorial.ENTRIES:
            if not one.command or one.command.startswith((".", "cmake")):
                continue
            with self.subTest(one.command):
                words = shlex.split(one.command)
                asked = main._parser().parse_args(words)
                self.assertEqual(asked.command, words[0])
                names = getattr(asked, "names", None) or [getattr(asked, "name", None)]
                for name in filter(None, names):
                    self.assertTrue(list((TOP / "scenarios").glob(f"{name}.cpp")), name)

    def test_figures_are_read(self) -> None:
        results = ("lock/lost_update   racy    ✓ may find  failed check @4   0.7 s   ✓ finds     "
                   "data race @1,005       0.0 s\n"
                   "  data race, CWE-366   fixed   ✓ clean     sampled 8,182  0.7 s   ✓ clean  "
                   "exhausted 2   0.2 s\n")
        self.assertEqual(tutorial.of_scenario("lock/lost_update", results),
                         "racy: data race @1,005, fixed: exhausted 2")
        self.assertEqual(tutorial.of_scenario("lock/lost", results), "")
        one = next(one for one in tutorial.ENTRIES if one.number == 11)
        self.assertRegex(tutorial.figure_of(one, ""), r"^[\d.]+ .s \(\w[\w:() ]* [\d.]+ .s\)$")
        gone = tutorial.figure_of(one, "", TOP / "no such file")
        self.assertEqual(gone, "not measured yet")

    def test_the_page_is_that_of_the_table(self) -> None:
        made, = readme_command.tutorial_page().values()
        self.assertEqual(without_figures(PAGE.read_text()), without_figures(made),
                         "run scripts/racekit readme")


if __name__ == "__main__":
    unittest.main()
