# SPDX-License-Identifier: MIT
"""racekit mutate --target, suggest-orders and --robustness over the programs of orders.cpp: which
weaker orders are caught and which survive, where library calls are inlined and where they are
not; which programs have weak executions; and what is refused."""
from __future__ import annotations

import json
import re
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

TOP = Path(__file__).resolve().parents[2]
SOURCE = (TOP / "tests" / "unmodified" / "orders.cpp").read_text().splitlines()
BIN = Path(sys.argv.pop())

# Of each program: what is weakened, and what that leads to.
MUTANTS = {
    "message_passing_in_order": {
        "x.store seq_cst -> release": "survives",
        "x.store release -> relaxed": "data race on plain",
        "x.load seq_cst -> acquire": "survives",
        "x.load acquire -> relaxed": "data race on plain"},
    "message_passing": {"x.store release -> relaxed": "data race on plain",
                        "x.load acquire -> relaxed": "data race on plain"},
    "dekker": {"x.store seq_cst -> release": "data race on plain",
               "y.store seq_cst -> release": "data race on plain",
               "x.load seq_cst -> acquire": "data race on plain",
               "y.load seq_cst -> acquire": "data race on plain"},
    "counter": {"x.add seq_cst -> acq_rel": "survives", "x.add acq_rel -> acquire": "survives",
                "x.add acq_rel -> release": "survives", "x.add release -> relaxed": "survives"},
    "last_reference": {"x.subtract acq_rel -> acquire": "use after free",
                       "x.subtract acq_rel -> release": "use after free"},
    "fences": {"fence release -> relaxed": "data race on plain",
               "fence acquire -> relaxed": "data race on plain"},
    "exchange": {"x.compare_exchange release -> relaxed": "data race on plain",
                 "x.compare_exchange, failure acquire -> relaxed": "data race on plain"},
    "waits": {"x.store seq_cst -> release": "lost wake-up",
              "x.wait acquire -> relaxed": "data race on plain"},
}
WITHOUT_INLINING = ("message_passing", "counter", "fences", "exchange", "waits")


def program(level: int, name: str) -> str:
    return f"{BIN}/unmodified.orders_{level}.model {name}"


def racekit(*words: str) -> tuple[int, str]:
    ended = subprocess.run([sys.executable, "-B", str(TOP / "scripts" / "racekit"), "--build",
                            str(BIN.parent), *words], stdout=subprocess.PIPE,
                           stderr=subprocess.STDOUT, text=True, timeout=120, check=False)
    return ended.returncode, ended.stdout


def mutated(level: int, name: str, *options: str) -> tuple[int, list[dict], str]:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "seen.json"
        code, text = racekit("mutate", "--target", program(level, name), "--json", str(file),
                             *options)
        return code, json.loads(file.read_text())["mutants"] if file.is_file() else [], text


def words_of(one: dict) -> str:
    operation = "wait" if ".wait(" in SOURCE[one["line"] - 1] else one["operation"]
    what = f"{one['object']}.{operation}" if one["object"] else operation
    part = f", {one['part']}" if one["part"] else ""
    return f"{what}{part} {one['from']} -> {one['to']}"


class Mutants(unittest.TestCase):
    maxDiff = None

    def check(self, level: int, name: str) -> None:
        code, mutants, text = mutated(level, name)
        seen = {words_of(one): "survives" if one["survives"] else one["seen"].split(",")[0]
                for one in mutants}
        self.assertEqual(seen, MUTANTS[name], text)
        self.assertEqual(code, 1 if "survives" in seen.values() else 0, text)
        for one in mutants:
            self.assertIn(f"orders.cpp:{one['line']}:", text)
            self.assertRegex(SOURCE[one["line"] - 1],
                             r"\.\w+\(|_fence\(|[xy] = |[xy] == ")

    def test_inlined(self) -> None:
        for name in MUTANTS:
            with self.subTest(name):
                self.check(1, name)

    def test_calls(self) -> None:
        for name in WITHOUT_INLINING:
            with self.subTest(name):
                self.check(0, name)

    def test_a_command_shows_a_mutant_again(self) -> None:
        _, mutants, text = mutated(1, "message_passing")
        command = [*mutants[0]["command"], "--", "message_passing"]
        ended = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=False, timeout=60)
        self.assertIn("DATA RACE on plain", ended.stdout, text)

    def test_sampled_is_said(self) -> None:
        code, _, text = mutated(1, "counter", "--executions", "1")
        self.assertEqual(code, 1, text)
        self.assertIn("SURVIVES: not seen in 1 executions, which are not all", text)
        self.assertNotIn("no execution", text)

    def test_the_weakest_survivor_is_named(self) -> None:
        _, _, text = mutated(1, "counter")
        self.assertEqual(len(re.findall("^SURVIVOR ", text, re.MULTILINE)), 1, text)
        self.assertIn("x.add seq_cst -> relaxed", text)


class Described(unittest.TestCase):
    def test_words_and_options_of_a_target(self) -> None:
        """As racekit_add_program(my_test THREADS 3 ARGS counter) leaves them."""
        with tempfile.TemporaryDirectory() as folder:
            build = json.loads((BIN.parent / "racekit.json").read_text())
            build["targets"] = [{"name": "my_test", "path": f"{BIN}/unmodified.orders_1.model",
                                 "options": ["--threads", "3"], "words": ["counter"]}]
            file = Path(folder) / "racekit.json"
            file.write_text(json.dumps(build))
            code, text = racekit("--build", folder, "mutate", "--target", "my_test")
            self.assertEqual(code, 1, text)
            self.assertIn("SURVIVOR orders.cpp:", text)
            build["targets"][0]["options"] = ["--threads", "2"]
            file.write_text(json.dumps(build))
            code, text = racekit("--build", folder, "mutate", "--target", "my_test")
            self.assertEqual(code, 3, text)
            self.assertIn("my_test has no verdict as it is", text)


class Suggested(unittest.TestCase):
    def suggested(self, *programs: str) -> tuple[dict[str, str], dict, str]:
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / "seen.json"
            targets = [word for one in programs for word in ("--target", one)]
            code, text = racekit("suggest-orders", *targets, "--json", str(file))
            self.assertEqual(code, 0, text)
            seen = json.loads(file.read_text())
        for one in programs:
            self.assertIn(one, text)
        return {f"{one['object']}.{one['operation']} {one['from']}": one["to"]
                for one in seen["orders"]}, seen, text

    def test_message_passing(self) -> None:
        orders, seen, text = self.suggested(program(1, "message_passing_in_order"))
        self.assertEqual(orders, {"x.store seq_cst": "release", "x.load seq_cst": "acquire"})
        for one in seen["orders"]:
            self.assertIn("relaxed: data race on plain", one["because"], text)

    def test_dekker_stays(self) -> None:
        orders, _, _ = self.suggested(program(1, "dekker"))
        self.assertEqual(orders, {"x.store seq_cst": "seq_cst", "x.load seq_cst": "seq_cst",
                                  "y.store seq_cst": "seq_cst", "y.load seq_cst": "seq_cst"})

    def test_every_client_counts(self) -> None:
        """One source: the first client bears any order of the store, the second does not."""
        alone, _, _ = self.suggested(program(1, "counts_for_two"))
        self.assertEqual(alone, {"y.add seq_cst": "relaxed"})
        orders, _, text = self.suggested(program(1, "counts_for_two"),
                                         program(1, "counts_and_reads"))
        self.assertEqual(orders, {"y.add seq_cst": "release", "y.load seq_cst": "acquire"}, text)
        self.assertIn("relaxed: data race on plain, execution 1 (2)", text)

    def test_what_is_not_exhausted_is_refused(self) -> None:
        code, text = racekit("suggest-orders", "--target", program(1, "counter"), "--executions",
                             "1")
        self.assertEqual(code, 3, text)
        self.assertIn("is not explored to its end: sampled 1", text)


# Whether each program is robust, and of one that is not the operations of the cycle.
ROBUST = {
    "message_passing": "robust",
    "dekker": "robust",
    "store_buffering_relaxed": 4,
    "store_buffering_release": 4,
    "store_buffering_in_order": "robust",
    "store_buffering_with_fences": "robust",
    "guarded_store_buffering": "robust",
    "two_readers_acquire": 6,
    "two_readers_in_order": "robust",
    "two_writes_each": 4,
    "relaxed_counter": "robust",
    "load_buffering": "no weak execution seen",
    "waits_for_flag": "robust",
    "waits": 4,
    "races": "no weak execution seen",
}


class Robustness(unittest.TestCase):
    def asked(self, name: str, *options: str) -> tuple[int, dict, str]:
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / "verdict.json"
            ended = subprocess.run([f"{BIN}/unmodified.orders_1.model", "--json", str(file),
                                    *options, "--", name], stdout=subprocess.PIPE, text=True,
                                   check=False, timeout=120)
            return ended.returncode, json.loads(file.read_text()), ended.stdout

    def test_each(self) -> None:
        for name, right in ROBUST.items():
            with self.subTest(name):
                code, verdict, text = self.asked(name, "--robustness")
                told = verdict["robustness"]["answer"]
                cycle = verdict["finding"]["places"] if told == "not robust" else []
                self.assertEqual(len(cycle) if cycle else told, right, text)
                self.assertEqual(code, 1 if name == "races" else 0, text)
                if cycle:
                    self.assertIn("not robust: the execution below", text)
                    self.assertIn("replay:", text)
                    self.assertEqual(verdict["reach"]["how"], "sampled")

    def test_required(self) -> None:
        for name, right in (("message_passing", 0), ("store_buffering_release", 1),
                            ("load_buffering", 3)):
            self.assertEqual(self.asked(name, "--require-robustness")[0], right, name)

    def test_sampled_is_not_robust(self) -> None:
        code, verdict, text = self.asked("two_readers_in_order", "--robustness", "--executions",
                                         "2")
        self.assertEqual(verdict["robustness"]["answer"], "no weak execution seen", text)
        self.assertIn("which are not all", text)

    def test_the_schedule_shows_it_again(self) -> None:
        _, verdict, text = self.asked("store_buffering_relaxed", "--robustness")
        schedule = verdict["finding"]["schedule"]
        _, again, text = self.asked("store_buffering_relaxed", "--robustness", "--exact",
                                    "--schedule", schedule)
        self.assertEqual(again["robustness"]["answer"], "not robust", text)

    def test_other_memory_is_refused(self) -> None:
        ended = subprocess.run([f"{BIN}/unmodified.orders_1.model", "--robustness", "--memory",
                                "relacy", "--", "dekker"], stderr=subprocess.PIPE, text=True,
                               stdout=subprocess.DEVNULL, check=False, timeout=60)
        self.assertEqual(ended.returncode, 2)
        self.assertIn("--robustness is for the memory exact", ended.stderr)


class Refused(unittest.TestCase):
    def says(self, code: int, *parts: str, target: str) -> None:
        seen, text = racekit("mutate", "--target", target)
        self.assertEqual(seen, code, text)
        self.assertEqual(text.count("\n"), 1, text)
        for part in parts:
            self.assertIn(part, text)

    def test_unknown_target(self) -> None:
        self.says(2, "no target 'nobody'", "racekit_add_program(nobody)", target="nobody")

    def test_missing_program(self) -> None:
        self.says(2, "there is no program ./nobody.model", target="./nobody.model")

    def test_near_target(self) -> None:
        self.says(2, "did you mean unmodified.orders_1?", target="unmodified.order_1")

    def test_other_program(self) -> None:
        self.says(2, "is not built for the model", "racekit_add_program()", target="/bin/true")

    def test_test_program(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / "my_tests.model"
            file.write_bytes(b"libracekit_unmodified.so racekit_explores")
            file.chmod(0o755)
            self.says(2, "calls racekit::explore() itself", "main() is the test",
                      target=str(file))

    def test_unclean(self) -> None:
        self.says(3, "not clean as it is: data race on plain", "correct it first",
                  target=program(1, "races"))

    def test_no_atomics(self) -> None:
        self.says(3, "gives no memory order", "std::atomic", target=program(1, "locks_alone"))

    def test_wrong_word_of_the_environment(self) -> None:
        for word in ("x", "x=acquire>relaxed", "unmodified.orders_1.model+0x1=acquire>relaxed",
                     "unmodified.orders_1.model+0x1=acquire>nothing"):
            ended = subprocess.run([f"{BIN}/unmodified.orders_1.model", "--", "counter"],
                                   env={"RACEKIT_WEAKEN": word}, stderr=subprocess.PIPE, text=True,
                                   stdout=subprocess.DEVNULL, check=False, timeout=60)
            self.assertEqual(ended.returncode, 2, word)
            self.assertIn("RACEKIT_WEAKEN", ended.stderr)


if __name__ == "__main__":
    unittest.main()
