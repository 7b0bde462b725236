# SPDX-License-Identifier: MIT
"""racekit explore: what it hands on, what it says, what it refuses."""
from __future__ import annotations

import argparse
import sys
import unittest

from fake_build import TOP, BuildTest, scenario

sys.path.insert(0, str(TOP / "scripts"))

from racekit_cli import explore_command  # noqa: E402


class Exploring(BuildTest):
    def test_says_what_was_covered_and_how_fast(self) -> None:
        self.build.enrol(scenario())
        ran = self.build.racekit("explore", "lost_update", "--time", "10s", "--jobs", "2")
        self.assertEqual(ran.returncode, 0, ran.stderr)
        self.assertIn("lock/lost_update fixed model spoke", ran.stdout)
        self.assertIn("1,204 executions in 0.25 s, 4,816/s by 2 workers", ran.stdout)

    def test_the_verdict_is_its_exit_code(self) -> None:
        self.build.enrol(scenario(), {"fixed.model": {"verdict": "inconclusive"},
                                      "racy.model": {"verdict": "broken"}})
        self.assertEqual(self.build.racekit("explore", "lost_update").returncode, 3)
        self.assertEqual(self.build.racekit("explore", "lost_update", "--variant",
                                            "racy").returncode, 1)

    def test_refusals_of_the_program_are_its_own_one_line(self) -> None:
        self.build.enrol(scenario(), {"fixed.model": {"usage": "the checkpoint x is damaged"}})
        self.assert_refused(self.build.racekit("explore", "lost_update", "--checkpoint", "x"), 2,
                            "the checkpoint x is damaged")

    def test_bad_input(self) -> None:
        self.build.enrol(scenario())
        for option, value in (("--strategy", "exaustive"), ("--time", "soon"), ("--time", "0s"),
                              ("--time", "-1"), ("--jobs", "0"), ("--executions", "0"),
                              ("--seed", "x"), ("--depth", "none")):
            self.assert_refused(self.build.racekit("explore", "lost_update", option, value), 2,
                                option)
        self.assert_refused(self.build.racekit("explore", "lost_updat"), 2, "lock/lost_update?")
        self.assert_refused(self.build.racekit("explore"), 2, "NAME")
        self.assert_refused(self.build.racekit("explore", "lost_update", "--strategy",
                                               "exaustive"), 2, "exhaustive?")

    def test_a_scenario_without_a_model(self) -> None:
        self.build.enrol(scenario(model={"sight": "absent", "why": "real signals"}))
        self.assert_refused(self.build.racekit("explore", "lost_update"), 2, "real signals")

    def test_a_program_that_is_not_built(self) -> None:
        self.build.enrol(scenario(), unbuilt=("model",))
        self.assert_refused(self.build.racekit("explore", "lost_update"), 2, "not built")

    def test_a_path_that_is_no_program_of_racekit(self) -> None:
        for path, why in (("./missing.model", "is not there"), ("/tmp", "no file that can be run"),
                          ("/etc/passwd", "no file that can be run"),
                          ("/bin/true", "is no program of racekit")):
            self.assert_refused(self.build.racekit("explore", path), 2, why)

    def test_times(self) -> None:
        for text, seconds in (("10s", 10), ("500ms", 0.5), ("5min", 300), ("2h", 7200), ("3", 3),
                              ("1.5 s", 1.5)):
            self.assertEqual(explore_command.duration(text), seconds)
        for text in ("", "s", "1e3s", "nan", "10 years"):
            with self.assertRaises(argparse.ArgumentTypeError):
                explore_command.duration(text)

    def test_what_is_left_is_estimated(self) -> None:
        told = {"reach": {"count": 1000, "pruned": 500, "distinct": 0, "covered": 0.25},
                "seconds": 10.0, "finding": None}
        self.assertEqual(explore_command.figures(told, 1),
                         "1,000 executions (+500 pruned) in 10.00 s, 150/s; "
                         "about 25 % covered, 30 s more would exhaust it")
        told["reach"].update(covered=0, deepening=500)
        self.assertEqual(explore_command.figures(told, 1),
                         "1,000 executions (+500 pruned) after 500 with few preemptions in "
                         "10.00 s, 200/s")
        told["reach"].update(covered=0, distinct=131072, deepening=0)
        self.assertEqual(explore_command.figures(told, 1),
                         "1,000 executions (+500 pruned) in 10.00 s, 150/s, 131,072 distinct")


if __name__ == "__main__":
    unittest.main()
