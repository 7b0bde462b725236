# SPDX-License-Identifier: MIT
"""Programs that are started with closed streams: the exit code is that of the verdict, one line on
stderr says that nothing is printed, and the verdict file is whole."""
from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

MODEL, STRESS, SCENARIO = sys.argv[1:4]
del sys.argv[1:]

RACY = (SCENARIO, "--variant", "racy", "--detector", "model")
# A verdict, its exit code, and whether there is a finding.
RUNS = (((MODEL, "--", "guarded"), 0, False),
        ((MODEL, "--", "half_guarded"), 1, True),
        ((MODEL, "--", "forks_alone"), 70, False),
        ((MODEL, "--expect", "data race", "--", "half_guarded"), 0, True),
        ((STRESS, "--executions", "3", "--", "guarded"), 0, False),
        ((STRESS, "--executions", "3", "--", "uncaught"), 1, True),
        (RACY, 0, True))


class ClosedStreams(unittest.TestCase):
    def run_with(self, closed: str, *words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(["sh", "-c", f'"$@" {closed}', "sh", *words], text=True,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=120,
                              check=False)

    def test_the_exit_code_is_that_of_the_verdict(self) -> None:
        for words, code, is_found in RUNS:
            for closed in (">&-", "<&- >&-"):
                with self.subTest(words, closed=closed), \
                        tempfile.TemporaryDirectory() as folder:
                    file = Path(folder) / "verdict.json"
                    ran = self.run_with(closed, words[0], "--json", str(file), *words[1:])
                    self.assertEqual(ran.returncode, code, ran.stderr)
                    self.assertEqual(ran.stdout, "")
                    self.assertEqual(ran.stderr.count("standard output is closed"), 1, ran.stderr)
                    self.assertEqual(json.loads(file.read_text())["finding"] is not None, is_found)

    def test_nothing_is_said_of_what_would_not_be_printed(self) -> None:
        ran = self.run_with(">&-", MODEL, "--quiet", "--", "half_guarded")
        self.assertEqual((ran.returncode, ran.stderr), (1, ""))

    def test_without_any_stream(self) -> None:
        for words, code, _ in RUNS:
            with self.subTest(words):
                ran = self.run_with("<&- >&- 2>&-", *words)
                self.assertEqual((ran.returncode, ran.stdout, ran.stderr), (code, "", ""))

    def test_a_list_that_cannot_be_printed(self) -> None:
        for word in ("--list", "--runs", "--kinds"):
            with self.subTest(word):
                ran = self.run_with(">&-", SCENARIO, word)
                self.assertEqual(ran.returncode, 70)
                self.assertIn("cannot write to the standard output", ran.stderr)


if __name__ == "__main__":
    unittest.main()
