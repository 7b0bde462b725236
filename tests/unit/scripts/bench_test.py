# SPDX-License-Identifier: MIT
"""racekit bench: two measurements compared, baselines, and what makes a machine unsteady."""
from __future__ import annotations

import itertools
import json
import random
import re
import sys
import tempfile
import unittest
from dataclasses import replace
from pathlib import Path

from fake_build import TOP, BuildTest, FakeBuild

sys.path.insert(0, str(TOP / "scripts"))

from racekit_cli import (bench_command, bench_compare, comparing, ladder,  # noqa: E402
                         machine_state, measuring, ratios)
from racekit_cli.terminal import plain  # noqa: E402

# A benchmark program of two works; the time of ours is in a file beside it.
_program = """#!/usr/bin/python3
import json, random, sys
from pathlib import Path
ours = float((Path(__file__).parent / "ours.ns").read_text())
arguments = dict(word.lstrip("-").split("=", 1) for word in sys.argv[1:] if "=" in word)
if "benchmark_list_tests" in arguments:
    print("alone/racekit::mutex")
    sys.exit(0)
rows = [("alone/racekit::mutex", ours), ("alone/std::mutex", 20), ("alone/absl::Mutex", 30),
        ("alone/tbb::mutex", 40)]
told = {"context": {"line_round_trip_ns": "60"}, "benchmarks": [
    {"run_name": name, "real_time": ns * random.uniform(0.99, 1.01), "time_unit": "ns",
     "threads": 1, "run_type": "iteration"} for name, ns in rows]}
Path(arguments["benchmark_out"]).write_text(json.dumps(told))
print("at the end: 60 ns", file=sys.stderr)
"""


def samples(work: str, subject: str, times: list[float], cores: str = "near", threads: int = 2,
            others: float = 0.0) -> list[measuring.Sample]:
    trip = {"near": (60, 60), "far": (400, 400), "moved": (60, 400)}[cores]
    return [measuring.Sample(work, subject, ns, threads, number, measuring.Conditions(
        *trip, load=0.0, others=others, cpu="")) for number, ns in enumerate(times, 1)]


def noise(source: random.Random, middle: float, count: int = 15) -> list[float]:
    return [middle * source.lognormvariate(0, 0.05) for _ in range(count)]


def measurement(source: random.Random, slower: float = 1.0, drift: float = 1.0,
                works: int = 20) -> list[measuring.Sample]:
    """Twenty works, each ours and a peer; the first of ours is slower."""
    result = []
    for work in range(works):
        middle = 10.0 * (work + 1) * drift
        result += samples(f"work_{work}", "racekit::mutex",
                          noise(source, middle * (slower if work == 0 else 1.0)))
        result += samples(f"work_{work}", "std::mutex", noise(source, 1.5 * middle))
    return result


class Comparing(unittest.TestCase):
    def test_the_exact_chance_is_that_of_all_orders(self) -> None:
        n, m = 3, 5
        sums = []
        for places in itertools.combinations(range(n + m), n):
            sums.append(sum(x < y for x in places for y in range(n + m) if y not in places))
        for below in range(n * m + 1):
            by_hand = sum(min(one, n * m - one) <= min(below, n * m - below) for one in sums)
            before = [float(one) for one in next(
                places for places in itertools.combinations(range(n + m), n)
                if sum(x < y for x in places for y in range(n + m) if y not in places) == below)]
            after = [float(one) for one in range(n + m) if one not in before]
            self.assertAlmostEqual(comparing.p_value(before, after),
                                   min(1.0, by_hand / len(sums)), msg=str(below))

    def test_the_same_times_are_no_change(self) -> None:
        self.assertEqual(comparing.p_value([1.0] * 5, [1.0] * 5), 1.0)

    def test_holm(self) -> None:
        for given, wanted in zip(comparing.holm([0.01, 0.04, 0.03]), (0.03, 0.06, 0.06)):
            self.assertAlmostEqual(given, wanted)

    def test_no_change_is_rarely_an_alarm(self) -> None:
        source = random.Random(7)
        alarms = sum(bool(comparing.compare(measurement(source), measurement(source)).slower)
                     for _ in range(40))
        self.assertLessEqual(alarms, 4)  # 5 % of 40, and some

    def test_a_regression_is_found_and_its_size_told(self) -> None:
        source = random.Random(11)
        alarms = within = 0
        for _ in range(20):
            told = comparing.compare(measurement(source), measurement(source, slower=1.3))
            one = next(one for one in told.slower if one.work == "work_0")
            within += one.low < 1.3 < one.high
            alarms += len(told.slower) > 1
            self.assertEqual(bench_compare.code_of(told), 1)
        self.assertGreaterEqual(within, 16)  # of a 95 % interval
        self.assertLessEqual(alarms, 3)

    def test_a_faster_one_is_told_and_no_failure(self) -> None:
        source = random.Random(13)
        told = comparing.compare(measurement(source, slower=1.4), measurement(source))
        self.assertEqual([one.word for one in told.changes if one.word != "same"], ["faster"])
        self.assertEqual(bench_compare.code_of(told), 0)

    def test_the_drift_of_the_machine_is_divided_out(self) -> None:
        source = random.Random(17)
        told = comparing.compare(measurement(source), measurement(source, drift=1.25))
        self.assertAlmostEqual(told.drift, 1.25, delta=0.05)
        self.assertEqual(told.slower, [])
        told = comparing.compare(measurement(source), measurement(source, 1.3, drift=0.8))
        self.assertIn("work_0", [one.work for one in told.slower])

    def test_a_small_change_is_no_regression(self) -> None:
        before = samples("work", "racekit::mutex", [100.0 + 0.01 * one for one in range(15)])
        after = samples("work", "racekit::mutex", [102.0 + 0.01 * one for one in range(15)])
        told = comparing.compare(before, after)
        self.assertLess(told.changes[0].p, 0.001)
        self.assertEqual(told.slower, [])

    def test_near_and_far_are_not_compared_with_each_other(self) -> None:
        before = samples("work", "racekit::mutex", [10.0] * 15, "near")
        after = samples("work", "racekit::mutex", [50.0] * 15, "far")
        told = comparing.compare(before, after)
        self.assertEqual((told.changes, told.left_out),
                         ([], ["work, racekit::mutex: near before, far after"]))
        self.assertEqual(bench_compare.code_of(told), 3)
        self.assertIn("not compared: work, racekit::mutex: near before, far after",
                      bench_compare.lines_of(told, ("a", "b"), False, plain()))

    def test_rounds_with_other_programs_do_not_count(self) -> None:
        busy = samples("work", "racekit::mutex", [10.0] * 3, others=0.4)
        calm = samples("work", "racekit::mutex", [10.0] * 2, others=0.1)
        self.assertEqual(bench_compare.quiet(busy + calm), calm)


class Cores(unittest.TestCase):
    def test_near_and_far_have_rows_of_their_own(self) -> None:
        measured = [one for subject, ns in (("racekit::mutex", 10.0), ("std::mutex", 20.0))
                    for one in samples("two", subject, [ns] * 5, "near")
                    + samples("two", subject, [4 * ns] * 3, "far")]
        works = ratios.works_of("lock", measured)
        self.assertEqual([(one.cores, one.figures["std::mutex"].ns) for one in works],
                         [("near", 20.0), ("far", 80.0)])
        few = [one for one in measured if one.conditions.cores == "near" or one.round == 1]
        self.assertEqual([one.cores for one in ratios.works_of("lock", few)], ["near"])


class Spread(unittest.TestCase):
    def test_a_ratio_has_its_interval(self) -> None:
        source = random.Random(3)
        works = ratios.works_of("lock", samples("alone", "racekit::mutex", noise(source, 10.0))
                                + samples("alone", "std::mutex", noise(source, 20.0)))
        told = bench_command.render(works, False, plain())
        ratio, low, high = map(float, re.search(
            r"([\d.]+) x \[([\d.]+), ([\d.]+)\]", told).groups())
        self.assertTrue(low <= ratio <= high and 1.7 < low < 2 < high < 2.3, told)
        few = ratios.works_of("lock", samples("alone", "racekit::mutex", [10.0] * 3)
                              + samples("alone", "std::mutex", [20.0] * 3))
        self.assertIn("2.00 x    near", bench_command.render(few, False, plain()))


class MachineState(unittest.TestCase):
    def test_what_makes_figures_unsteady(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            cpus = Path(folder)
            self.assertEqual(machine_state.remarks(0.2, 2, cpus), [])
            self.assertIn("the load is 3.0 on 2 cores", machine_state.remarks(3.0, 2, cpus)[0])
            place = cpus / "cpu0" / "cpufreq"
            place.mkdir(parents=True)
            (place / "scaling_governor").write_text("powersave\n")
            self.assertIn("powersave", machine_state.remarks(0.2, 2, cpus)[0])
            (place / "scaling_governor").write_text("performance\n")
            self.assertEqual(machine_state.remarks(0.2, 2, cpus), [])
            (cpus / "intel_pstate").mkdir()
            (cpus / "intel_pstate" / "no_turbo").write_text("0\n")
            self.assertIn("boost", machine_state.remarks(0.2, 2, cpus)[0])

    def test_machines_differ_in_words(self) -> None:
        mine = machine_state.this_machine()
        self.assertEqual(mine.difference(mine), "")
        self.assertIn("cores '99' there",
                      replace(mine, cores=99).difference(mine))


class Ladder(unittest.TestCase):
    def test_each_rung_is_a_benchmark_that_exists(self) -> None:
        folder = TOP / "tests" / "bench"
        for rung in ladder.RUNGS:
            for family, work, subject in rung.places:
                with self.subTest(rung.words, subject=subject):
                    text = "".join(file.read_text() for file in folder.glob(f"{family}*.cpp"))
                    # lock.cpp puts some names together: "mutex" and "_tight"
                    first, _, rest = work.split("/")[0].partition("_")
                    self.assertTrue(f"{first}_{rest}" in text or f'"_{rest}"' in text, work)
                    named = subject.removeprefix("limit ").removeprefix("racekit::")
                    self.assertTrue(named in text, subject)

    def test_the_filter_chooses_what_a_rung_needs(self) -> None:
        wanted = re.compile(ladder.filters()["queue"])
        for name, chosen in (
                ("mpmc_stream/racekit::mpmc_queue/1024/real_time/threads:2", True),
                ("mpmc_stream/racekit::mpmc_queue/1024/real_time/threads:8", False),
                ("mpmc_stream/moodycamel::ConcurrentQueue(unbounded)/1024/real_time/threads:2",
                 False)):
            self.assertEqual(bool(wanted.search(name)), chosen, name)

    def test_the_table_has_figures_limits_and_python(self) -> None:
        works = ratios.works_of("lock", samples("mutex_alone", "racekit::mutex", [9.0], threads=1)
                                + samples("mutex_alone", "reference::cas_and_exchange", [8.0],
                                          threads=1))
        head, *rows = ladder.rows(works, {"lock": 300.0, "queue round trip": 2e4})
        by_words = {row[0]: row for row in rows}
        self.assertEqual(by_words["lock: lock and unlock"],
                         ("lock: lock and unlock", "9 ns", "not built", "8 ns", "cas_and_exchange",
                          "300 ns", "-"))
        self.assertEqual(by_words["queue: there and back"][5:], ("-", "20 µs"))
        self.assertEqual({len(row) for row in rows}, {len(head)})

    def test_python_measures_each_of_its_rungs(self) -> None:
        told, why = ladder.measure_python()
        self.assertEqual(why, "")
        for rung in ladder.RUNGS:
            if rung.python:
                self.assertGreater(told[rung.python], 0, rung.words)


class Baselines(BuildTest):
    def enrol_bench(self, build: FakeBuild, ns: float) -> None:
        program = build.folder / "bin" / "bench.lock"
        program.write_text(_program)
        program.chmod(0o755)
        (program.parent / "ours.ns").write_text(str(ns))

    def bench(self, *more: str):
        return self.build.racekit("bench", "--noisy", *more)

    def test_saved_and_compared(self) -> None:
        self.enrol_bench(self.build, 10)
        file = self.folder / "base.json"
        self.assertEqual(self.bench("--save", str(file)).returncode, 0)
        ran = self.bench("--against", str(file))
        self.assertEqual(ran.returncode, 0, ran.stdout + ran.stderr)
        self.assertIn("0 slower, 0 faster, 1 tied within the noise", ran.stdout)
        self.enrol_bench(self.build, 13)
        ran = self.bench("--against", str(file))
        self.assertEqual(ran.returncode, 1, ran.stdout)
        self.assertRegex(ran.stdout, r"slower +1\.(?:2[89]|3[012]) x \[1\.\d\d, 1\.\d\d\] +alone, "
                                     r"racekit::mutex")

    def test_a_baseline_of_another_machine_is_refused(self) -> None:
        self.enrol_bench(self.build, 10)
        file = self.folder / "base.json"
        self.bench("--save", str(file))
        told = json.loads(file.read_text())
        told["machine"]["processor"] = "another one"
        file.write_text(json.dumps(told))
        self.assert_refused(self.bench("--against", str(file)), 3, "another machine",
                            "'another one' there", "--save")
        file.write_text("{}")
        self.assert_refused(self.bench("--against", str(file)), 2, "is no baseline")
        self.assert_refused(self.bench("--against", str(self.folder / "gone")), 2,
                            "cannot read the baseline")

    def test_two_builds_take_turns(self) -> None:
        self.enrol_bench(self.build, 10)
        other = FakeBuild(self.folder / "other")
        self.enrol_bench(other, 20)
        ran = self.bench("--ab", str(other.folder))
        self.assertEqual(ran.returncode, 0, ran.stdout + ran.stderr)
        self.assertRegex(ran.stdout, r"faster +0\.[45]\d x")
        self.enrol_bench(other, 5)
        self.assertEqual(self.bench("--ab", str(other.folder)).returncode, 1)
        self.assert_refused(self.bench("--ab", str(self.build.folder)), 2, "same build twice")
        bare = FakeBuild(self.folder / "bare")
        self.assert_refused(self.bench("--ab", str(bare.folder)), 2, "no benchmark program")
        debug = FakeBuild(self.folder / "debug", build_type="Debug")
        self.assert_refused(self.bench("--ab", str(debug.folder)), 2, "Debug")


if __name__ == "__main__":
    unittest.main()
