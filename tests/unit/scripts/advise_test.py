# SPDX-License-Identifier: MIT
"""racekit advise: every leaf of the chart is reached, and each names things that exist."""
from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import unittest
from dataclasses import asdict
from pathlib import Path

from fake_build import RACEKIT, TOP, BuildTest

sys.path.insert(0, str(TOP / "scripts"))

from racekit_cli import advice, known_figures, measuring  # noqa: E402


def paths(at: advice.Node = advice.CHART) -> list[tuple[list[tuple[str, bool]], str]]:
    """Each way through the chart, with its leaf."""
    if isinstance(at, str):
        return [([], at)]
    name, if_yes, if_no = at
    return [([(name, said), *rest], leaf) for said, below in ((True, if_yes), (False, if_no))
            for rest, leaf in paths(below)]


class Chart(unittest.TestCase):
    def test_twelve_leaves_by_nine_questions(self) -> None:
        self.assertEqual(len(advice.LEAVES), 12)
        self.assertEqual({leaf for _, leaf in paths()}, set(advice.LEAVES))
        asked = {name for way, _ in paths() for name, _ in way}
        self.assertEqual(asked, {one.name for one in advice.QUESTIONS})
        self.assertEqual(len(advice.QUESTIONS), 9)

    def test_no_way_asks_twice(self) -> None:
        for way, leaf in paths():
            names = [name for name, _ in way]
            self.assertEqual(len(names), len(set(names)), leaf)

    def test_what_a_leaf_names_exists(self) -> None:
        programs = {file.stem: file.read_text() for file in (TOP / "tests" / "bench").glob("*.cpp")}
        for one in advice.LEAVES.values():
            with self.subTest(one.name):
                self.assertTrue((TOP / "primitives" / one.primitive).is_file())
                self.assertTrue((TOP / "scenarios" / f"{one.scenario}.cpp").is_file())
                source = programs[one.family] + programs.get(f"{one.family}_waiting", "")
                self.assertIn(one.work.split("/")[0], source)
                header = one.subject.removeprefix("racekit::")
                self.assertTrue(list((TOP / "primitives").rglob(f"{header}.hpp")), header)


class Advise(BuildTest):
    def advise(self, *arguments: str, said: str | None = None,
               **environment: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run([sys.executable, RACEKIT, "--build", self.build.folder, "advise",
                               *arguments], capture_output=True, text=True, check=False,
                              input=said, stdin=None if said is not None else subprocess.DEVNULL,
                              env=os.environ | environment)

    def test_each_leaf_by_options(self) -> None:
        for way, leaf in paths():
            options = [word for name, said in way
                       for word in (f"--{name}", "yes" if said else "no")]
            with self.subTest(leaf):
                ran = self.advise(*options, "--json")
                self.assertEqual(ran.returncode, 0, ran.stderr)
                told = json.loads(ran.stdout)
                self.assertEqual(told["leaf"], leaf)
                self.assertEqual(told["answers"], dict(way))
                text = self.advise(*options).stdout
                for said in (advice.LEAVES[leaf].primitive, advice.LEAVES[leaf].scenario):
                    self.assertIn(said, text)

    def test_each_leaf_by_dialogue(self) -> None:
        for way, leaf in paths():
            with self.subTest(leaf):
                said = "".join("yes\n" if is_yes else "N\n" for _, is_yes in way)
                ran = self.advise("--json", said="what?\n" + said, RACEKIT_ASK="1")
                self.assertEqual(ran.returncode, 0, ran.stderr)
                self.assertEqual(json.loads(ran.stdout)["leaf"], leaf)
                self.assertIn("please answer yes or no", ran.stderr)

    def test_a_missing_answer(self) -> None:
        self.assert_refused(self.advise("--cpu", "yes"), 2, "Are the cores of one machine enough?",
                            "--one-machine yes")
        ran = self.advise("--json", said="yes\n", RACEKIT_ASK="1")
        self.assertEqual(ran.returncode, 2)
        self.assertIn("add --one-machine yes", ran.stderr)
        self.assert_refused(self.advise("--cpu", "maybe"), 2, "--cpu")

    def test_the_chart(self) -> None:
        text = self.advise("--chart").stdout
        for name in advice.LEAVES:
            self.assertIn(f"=> {name}: ", text)

    def test_a_trial_run_answers(self) -> None:
        busy = "import time\nend = time.process_time() + 0.3\nwhile time.process_time() < end: pass"
        ran = self.advise("--one-machine", "no", "--json", "--measure", sys.executable, "-c", busy)
        self.assertEqual(json.loads(ran.stdout)["leaf"], "distributed")
        self.assertIn("measured:", ran.stderr)
        ran = self.advise("--async", "yes", "--built-in", "yes", "--json", "--measure",
                          sys.executable, "-S", "-c", "import time; time.sleep(2)")
        self.assertEqual(json.loads(ran.stdout)["leaf"], "event-loop")
        self.assert_refused(self.advise("--measure"), 2, "no command")
        self.assert_refused(self.advise("--measure", "/no/such"), 2, "cannot be started")
        self.assert_refused(self.advise("--measure", "false"), 2, "ended with 1")

    def test_the_figure_is_read_from_the_published_table(self) -> None:
        options = ("--cpu", "no", "--io", "yes", "--async", "no", "--time-slices", "yes",
                   "--interconnected", "yes")
        row = next(line for line in known_figures.PUBLISHED.read_text().splitlines()
                   if re.match(r"lock +mutex_50_ns_apart/threads:2 +racekit::mutex ", line))
        time = re.split(r"\s{3,}", row)[4]
        self.assertIn(f"racekit::mutex {time}", json.loads(
            self.advise(*options, "--json").stdout)["figure"])

    def test_a_figure_of_this_machine_comes_first(self) -> None:
        options = ("--cpu", "no", "--io", "yes", "--async", "no", "--time-slices", "yes",
                   "--interconnected", "yes")
        conditions = measuring.Conditions(70, 70, 0.0, 0.0, "cpu")
        samples = [measuring.Sample("mutex_50_ns_apart/threads:2", subject, ns, 2, 1, conditions)
                   for subject, ns in (("racekit::mutex", 123.0), ("std::mutex", 456.0))]
        folder = self.build.folder / "bench"
        folder.mkdir()
        (folder / "lock.json").write_text(json.dumps(
            [dict(asdict(one), cores="near") for one in samples]))
        figure = json.loads(self.advise(*options, "--json").stdout)["figure"]
        self.assertIn("racekit::mutex 123 ns, std::mutex 456 ns, near cores", figure)
        self.assertIn("this machine", figure)
        (folder / "lock.json").write_text("{")
        self.assert_refused(self.advise(*options), 70, "lock.json cannot be read")

    def test_what_is_not_measured_is_named(self) -> None:
        found = known_figures.known(Path("/nonexistent"), "lock", "no_such", "racekit::mutex")
        self.assertIsNone(found)
        text = self.advise("--cpu", "yes", "--one-machine", "no").stdout
        if "published" not in text:
            self.assertIn("not measured yet", text)
            self.assertIn("bench server", text)


if __name__ == "__main__":
    unittest.main()
