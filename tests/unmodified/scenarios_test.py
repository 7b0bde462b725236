# SPDX-License-Identifier: MIT
"""Scenarios enrolled UNMODIFIED under the model: verdicts, replays, and what is refused.

    scenarios_test.py PROGRAM
"""
from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path
from typing import Any

PROGRAM = ""


def run(*options: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([PROGRAM, *options], capture_output=True, text=True, timeout=120,
                          check=False)


def explored(scenario: str, variant: str, *options: str) -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "verdict.json"
        ended = run("--scenario", f"mine/{scenario}", "--variant", variant, "--detector", "model",
                    "--json", str(file), "--quiet", *options)
        if not file.is_file():
            raise AssertionError(ended.stdout + ended.stderr)
        return json.loads(file.read_text())


class Verdicts(unittest.TestCase):
    def found(self, scenario: str, variant: str = "racy", *options: str) -> dict[str, Any]:
        verdict = explored(scenario, variant, *options)
        self.assertIsNotNone(verdict["finding"], verdict)
        return verdict["finding"]

    def clean(self, scenario: str, executions: int) -> None:
        verdict = explored(scenario, "fixed", "--strategy", "exhaustive")
        self.assertIsNone(verdict["finding"], verdict)
        self.assertEqual((verdict["reach"]["how"], verdict["reach"]["count"]),
                         ("exhausted", executions), verdict)
        self.assertEqual([], verdict["warnings"], verdict)

    def test_a_plain_variable(self) -> None:
        found = self.found("plain_items")
        self.assertEqual("data race", found["kind"])
        self.assertTrue(all(each["marked"] for each in found["places"]), found["places"])
        self.assertIn("expected 2, got 1", found["leads_to"]["text"])
        self.clean("plain_items", 2)

    def test_an_atomic(self) -> None:
        found = self.found("atomic_sums")
        self.assertEqual("failed check", found["kind"])
        again = self.found("atomic_sums", "racy", "--schedule", found["schedule"], "--exact")
        self.assertEqual(found["steps"], again["steps"])
        self.clean("atomic_sums", 6)

    def test_global_objects_begin_anew(self) -> None:
        self.assertEqual("data race", self.found("global_names")["kind"])
        self.clean("global_names", 2)

    def test_the_constructor_starts_a_thread(self) -> None:
        self.assertEqual("data race", self.found("own_worker")["kind"])
        self.clean("own_worker", 2)

    def test_after_runs_when_a_thread_leaves_early(self) -> None:
        self.assertIn("expected 3, got 2", self.found("leaves_early", "fixed")["consequence"])


class Refusals(unittest.TestCase):
    def refused(self, scenario: str, variant: str, words: str) -> None:
        verdict = explored(scenario, variant)
        self.assertEqual("failed", verdict["verdict"], verdict)
        self.assertIn(words, verdict["trouble"])

    def test_the_end_of_the_process_is_no_clean_run(self) -> None:
        self.refused("ends_the_program", "fixed", "it must return, so take exit()")

    def test_more_threads_than_the_model_has(self) -> None:
        self.refused("sixteen_workers", "fixed", "`static constexpr int spawned`")

    def test_processes_are_not_enrolled(self) -> None:
        wrong = [one["error"] for one in json.loads(run("--list").stdout) if "error" in one]
        self.assertEqual(1, len(wrong), wrong)
        self.assertIn("UNMODIFIED is for a test body of threads", wrong[0])


if __name__ == "__main__":
    PROGRAM = sys.argv.pop(1)
    unittest.main()
