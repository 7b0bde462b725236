# SPDX-License-Identifier: MIT
"""racekit show of every scenario of this build keeps to a terminal of 80 columns.

Wants RACEKIT_BUILD in the environment: a build with the scenarios' programs.
"""
from __future__ import annotations

import json
import os
import subprocess
import sys
import unittest
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

TOP = Path(__file__).resolve().parents[3]
WIDTH = 80


def racekit(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, TOP / "scripts" / "racekit", *arguments], text=True,
                          capture_output=True, check=False,
                          env=os.environ | {"COLUMNS": str(WIDTH)})


def too_wide(line: str) -> bool:
    """A single long word, such as a path or a schedule, is left whole: it is there to be copied."""
    return len(line) > WIDTH and len(line.removesuffix("\\").split()) > 1


class Show(unittest.TestCase):
    def test_every_scenario_fits(self) -> None:
        listed = json.loads(racekit("list", "--json").stdout)
        ids = [one["id"] for one in listed if one.get("built", True)]
        self.assertGreater(len(ids), 0, "nothing is built")
        with ThreadPoolExecutor(2) as pool:
            shown = list(pool.map(lambda one: racekit("show", one, "--no-build"), ids))
        for one, ran in zip(ids, shown):
            with self.subTest(one):
                self.assertEqual(ran.returncode, 0, ran.stderr)
                self.assertEqual([line for line in ran.stdout.splitlines() if too_wide(line)], [])
                self.assertNotRegex(ran.stdout, r"\b1 (executions|rounds|runs)\b")

    def test_the_list_fits(self) -> None:
        self.assertEqual([line for line in racekit("list").stdout.splitlines() if too_wide(line)],
                         [])


if __name__ == "__main__":
    unittest.main()
