# SPDX-License-Identifier: MIT
"""An installed racekit against the scenarios in misuse/: one build, every answer checked.

Wants RACEKIT_BUILD_DIR (the build to install from), WORK_DIR, COMPILER, GENERATOR, RELACY_DIR and
TSAN_MISSING in the environment.
"""
from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import unittest
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as xml

HERE = Path(__file__).resolve().parent
WORK = Path(os.environ["WORK_DIR"])
PREFIX = WORK / "prefix"
BUILD = WORK / "build"
RACEKIT = PREFIX / "bin" / "racekit"
HAS_TSAN = not os.environ.get("TSAN_MISSING")


def carry_out(*command: str | Path, code: int | None = 0) -> subprocess.CompletedProcess[str]:
    ran = subprocess.run(command, capture_output=True, text=True, check=False)
    if code is not None and ran.returncode != code:
        raise AssertionError(f"{command} ended with {ran.returncode}:\n{ran.stdout}{ran.stderr}")
    return ran


def setUpModule() -> None:
    shutil.rmtree(WORK, ignore_errors=True)
    WORK.mkdir(parents=True)
    carry_out("cmake", "--install", os.environ["RACEKIT_BUILD_DIR"], "--prefix", PREFIX)
    carry_out("cmake", "-S", HERE / "misuse", "-B", BUILD, "-G", os.environ["GENERATOR"],
              f"-DCMAKE_PREFIX_PATH={PREFIX}", f"-DCMAKE_CXX_COMPILER={os.environ['COMPILER']}",
              f"-DRACEKIT_RELACY_DIR={os.environ['RELACY_DIR']}")
    carry_out("cmake", "--build", BUILD, "--parallel", "2")


class UnderCtest(unittest.TestCase):
    """What ctest says of each run, and the verdict that the run left."""

    states: dict[str, str] = {}
    output: dict[str, str] = {}

    @classmethod
    def setUpClass(cls) -> None:
        junit = WORK / "ctest.xml"
        carry_out("ctest", "--test-dir", BUILD, "-L", "race", "-j", "2", "--output-junit", junit,
                  code=None)
        for case in xml.parse(junit).getroot().iter("testcase"):
            name = case.get("name", "").removeprefix("misuse.")
            cls.states[name] = case.get("status", "")
            cls.output[name] = case.findtext("system-out") or ""

    def verdict(self, run: str) -> dict[str, Any]:
        return json.loads((BUILD / "verdicts" / f"misuse.{run}.json").read_text())

    def assert_red(self, run: str, *words: str) -> None:
        self.assertEqual(self.states.get(run), "fail", run)
        text = " ".join(self.output[run].split())
        for word in words:
            self.assertIn(word, text)

    def assert_crash(self, run: str, kind: str, *words: str) -> None:
        """A finding with the place, what happened there, and what repeats it."""
        verdict = self.verdict(run)
        found = verdict["finding"]
        self.assertEqual(found["kind"], kind, verdict)
        for word in words:
            self.assertIn(word, found["consequence"])
        self.assertGreater(verdict["reach"]["count"], 0)
        self.assertIn(verdict["exit_code"], (0, 1))
        if run.endswith(".tsan"):
            file = Path(found["places"][0]["file"])
            line = file.read_text().splitlines()[found["places"][0]["line"] - 1]
            self.assertIn("// dies here", line)
            self.assertRegex(found["schedule"], r"^[0-9a-f]{16}~[0-9a-f]{4}")

    def test_a_program_that_ends_itself_is_red_everywhere(self) -> None:
        for variant in ("racy", "fixed"):
            for detector in ("stress", "model", *(["tsan"] if HAS_TSAN else [])):
                run = f"ends_the_program.{variant}.{detector}"
                with self.subTest(run):
                    ended = "exit(), which the model does not control" if detector == "model" \
                        else "ended with exit code 0"
                    self.assert_red(run, ended, "must return")
                    self.assertEqual(self.verdict(run)["exit_code"], 70)

    def test_processes_in_any_words_are_run_and_judged(self) -> None:
        self.assert_red("processes_in_other_words.racy.process", "though promised")
        self.assertEqual(self.states["processes_in_other_words.fixed.process"], "run")
        self.assertNotIn("processes_in_other_words.racy.stress", self.states)

    def test_absent_is_what_the_program_says(self) -> None:
        runs = {name for name in self.states if name.startswith("absent_by_alias.")}
        self.assertEqual(runs, {f"absent_by_alias.{variant}.{detector}"
                                for variant in ("racy", "fixed")
                                for detector in ("stress", "model")})
        self.assertEqual({self.states[run] for run in runs}, {"run"})

    def test_a_test_has_only_its_own_variant(self) -> None:
        runs = {name: state for name, state in self.states.items()
                if name.startswith("no_racy_twin.")}
        skipped = "run" if HAS_TSAN else "notrun"
        self.assertEqual(runs, {"no_racy_twin.fixed.stress": "run",
                                "no_racy_twin.fixed.model": "run",
                                "no_racy_twin.fixed.tsan": skipped})

    def test_signals_leave_a_verdict(self) -> None:
        for detector in ("stress", *(["tsan"] if HAS_TSAN else [])):
            with self.subTest(detector):
                self.assert_crash(f"dies_by_signal.racy.{detector}", "crash", "Segmentation fault")
                self.assert_crash(f"dies_by_signal.fixed.{detector}", "crash", "Aborted")
                self.assert_red(f"dies_by_signal.fixed.{detector}", "CRASH")

    @unittest.skipUnless(HAS_TSAN, "no tsan in this build")
    def test_memory_and_stack_that_end_leave_a_verdict(self) -> None:
        self.assert_crash("asks_for_too_much.racy.tsan", "crash", "allocation")
        self.assert_crash("asks_for_too_much.fixed.tsan", "stack overflow")
        self.assert_red("asks_for_too_much.fixed.tsan", "STACK OVERFLOW")

    @unittest.skipUnless(HAS_TSAN, "no tsan in this build")
    def test_too_many_calls_for_tsan_leave_their_place(self) -> None:
        found = self.verdict("calls_too_deeply.racy.tsan")["finding"]
        self.assertIn(found["kind"], ("crash", "stack overflow"))
        self.assertIn("calls_too_deeply.cpp", found["places"][0]["file"])

    def test_a_constructor_that_throws_has_one_answer(self) -> None:
        for variant in ("racy", "fixed"):
            answers = set()
            for detector in ("stress", "model", *(["tsan"] if HAS_TSAN else [])):
                found = self.verdict(f"throws_when_built.{variant}.{detector}")["finding"]
                answers.add((found["kind"], found["consequence"]))
            self.assertEqual(answers, {("uncaught exception", "the constructor of the test body "
                                        "threw std::runtime_error: no such file")})

    def test_marks_on_the_wrong_line_are_said(self) -> None:
        self.assertIn("no line of this race ends in `// <- race`",
                      " ".join(self.output["unmarked_race.racy.model"].split()))
        if HAS_TSAN:
            self.assert_red("unmarked_race.racy.tsan", "unmarked")

    def test_a_deleted_source_is_said(self) -> None:
        (BUILD / "deleted_source.cpp").unlink()
        for detector in ("tsan", "model") if HAS_TSAN else ("model",):
            said = carry_out(BUILD / "bin" / f"misuse.deleted_source.{detector}", "--variant",
                             "racy", "--detector", detector, "--width", "500").stdout
            self.assertIn("deleted_source.cpp cannot be read", said)
            self.assertNotIn("no line of this race ends", said)

    def test_what_cannot_be_enrolled_is_one_red_test(self) -> None:
        for name, words in (("unlike_its_file", "'another'"), ("seventy_threads", "up to 64"),
                            ("without_title", ".title")):
            self.assert_red(f"{name}.enrolment", words, f"{name}.cpp")
        self.assert_red("promised_elsewhere.racy.model", "WITHOUT model")

    def test_options_reach_the_tests(self) -> None:
        if HAS_TSAN:
            self.assertEqual(self.verdict("unmarked_race.racy.tsan")["seed"], 7)
        told = json.loads(carry_out("ctest", "--test-dir", BUILD, "--show-only=json-v1").stdout)
        one = next(test for test in told["tests"]
                   if test["name"] == "misuse.unmarked_race.racy.model")
        properties = {each["name"]: each["value"] for each in one["properties"]}
        self.assertEqual((properties["TIMEOUT"], properties["PROCESSORS"]), (60, 2))
        self.assertEqual(set(properties["LABELS"]), {"race", "misuse", "racy", "model", "slow"})


class CommandLine(unittest.TestCase):
    def racekit(self, *arguments: str, code: int) -> subprocess.CompletedProcess[str]:
        return carry_out(RACEKIT, "--build", BUILD, *arguments, code=code)

    def test_one_line_for_each_bad_file_and_the_others_are_listed(self) -> None:
        ran = self.racekit("list", code=70)
        for name in ("unlike_its_file", "seventy_threads", "without_title"):
            lines = [line for line in ran.stderr.splitlines() if f"misuse/{name} " in line]
            self.assertEqual(len(lines), 1, ran.stderr)
            self.assertIn(f"{name}.cpp", lines[0])
        self.assertIn("same title, 'The same title'", ran.stderr)
        self.assertIn("Two threads, two steps", ran.stdout)

    def test_run_agrees_with_ctest(self) -> None:
        ran = self.racekit("run", "processes_in_other_words", "--json", code=1)
        self.assertEqual([(one["variant"], one["verdict"]) for one in json.loads(ran.stdout)],
                         [("racy", "broken"), ("fixed", "kept")])
        ran = self.racekit("run", "no_racy_twin", "unlike_its_file", "--detector", "stress",
                           code=70)
        self.assertIn("1 kept, 0 broken, 1 failed", ran.stdout)

    def test_a_changed_source_is_built_before_it_is_run(self) -> None:
        source = HERE / "misuse" / "no_racy_twin.cpp"
        copy = WORK / "copy"
        shutil.copytree(HERE / "misuse", copy)
        build = WORK / "copy_build"
        carry_out("cmake", "-S", copy, "-B", build, "-G", os.environ["GENERATOR"],
                  f"-DCMAKE_PREFIX_PATH={PREFIX}", f"-DCMAKE_CXX_COMPILER={os.environ['COMPILER']}",
                  f"-DRACEKIT_RELACY_DIR={os.environ['RELACY_DIR']}")
        changed = source.read_text().replace("EQUAL(2, ", "EQUAL(3, ")
        (copy / source.name).write_text(changed)
        arguments = ("--build", build, "run", "no_racy_twin", "--detector", "stress")
        ran = carry_out(RACEKIT, *arguments, code=1)
        self.assertIn("expected 3, got 2", ran.stdout)
        (copy / source.name).write_text("no C++\n")
        ran = carry_out(RACEKIT, *arguments, code=70)
        self.assertIn("does not build", " ".join(ran.stdout.split()))
        ran = carry_out(RACEKIT, *arguments, "--no-build", code=3)
        self.assertIn("is newer than its program", ran.stderr)

    def test_the_printed_command_works(self) -> None:
        native = BUILD / "bin" / "misuse.unmarked_race.model"
        told = carry_out(native, "--variant", "racy", "--detector", "model", "--width", "500",
                         code=None).stdout
        command = next(line for line in told.splitlines() if "replay: " in line)
        ran = subprocess.run(command.partition("replay: ")[2], shell=True, cwd=WORK,
                             capture_output=True, text=True, check=False)
        self.assertIn("DATA RACE", ran.stdout, ran.stderr)


class Arguments(unittest.TestCase):
    """What racekit_add_scenario() refuses when a project is configured."""

    def refusal(self, call: str) -> str:
        folder = WORK / "arguments"
        folder.mkdir(exist_ok=True)
        for name in ("one", "one more", "one-more"):
            (folder / f"{name}.cpp").write_text("\n")
        (folder / "CMakeLists.txt").write_text(
            "cmake_minimum_required(VERSION 3.25)\nproject(one LANGUAGES CXX)\nenable_testing()\n"
            "add_executable(one EXCLUDE_FROM_ALL one.cpp)\nadd_library(two STATIC one.cpp)\n"
            f"find_package(racekit REQUIRED)\n{call}\n")
        ran = carry_out("cmake", "-S", folder, "-B", folder / "build",
                        f"-DCMAKE_PREFIX_PATH={PREFIX}",
                        f"-DCMAKE_CXX_COMPILER={os.environ['COMPILER']}",
                        f"-DRACEKIT_RELACY_DIR={os.environ['RELACY_DIR']}", code=1)
        return " ".join(ran.stderr.split())

    def test_refusals(self) -> None:
        for arguments, words in (("one.cpp LIBRARIES x", "unknown argument 'LIBRARIES;x'"),
                                 ("one.cpp SEED", "no value after SEED"),
                                 ("one.cpp TIMEOUT soon", "TIMEOUT is a whole number, not 'soon'"),
                                 ("one.cpp WITHOUT native", "WITHOUT takes tsan and model"),
                                 ('"one more.cpp"', "must be a name of C++"),
                                 ("one-more.cpp", "must be a name of C++"),
                                 ('one.cpp FAMILY "a b"', "'a b' is no family"),
                                 ("two.cpp", "no file")):
            with self.subTest(arguments):
                self.assertIn(words, self.refusal(f"racekit_add_scenario({arguments})"))

    def test_refusals_of_programs(self) -> None:
        for arguments, words in (("one ARGUMENTS x", "unknown argument 'ARGUMENTS;x'"),
                                 ("one THREADS", "no value after THREADS"),
                                 ("one THREADS many", "THREADS is a whole number, not 'many'"),
                                 ("one WITHOUT native", "WITHOUT takes model, tsan and stress"),
                                 ("two", "it is no executable"),
                                 ("three", "there is no target of that name")):
            with self.subTest(arguments):
                self.assertIn(words, self.refusal(f"racekit_add_program({arguments})"))


@unittest.skipUnless(HAS_TSAN, "no tsan in this build")
class Seals(unittest.TestCase):
    """A schedule of tsan is for the program that it was made by."""

    def replay(self, schedule: str, *more: str, code: int) -> str:
        ran = carry_out(RACEKIT, "--build", BUILD, "replay", "unmarked_race", "--detector", "tsan",
                        "--schedule", schedule, *more, code=code)
        return ran.stdout + ran.stderr

    def test_seals(self) -> None:
        file = WORK / "seals.json"
        carry_out(BUILD / "bin" / "misuse.unmarked_race.tsan", "--variant", "racy", "--detector",
                  "tsan", "--json", file, code=None)
        schedule = json.loads(file.read_text())["finding"]["schedule"]
        seed, _, seal = schedule.partition("~")
        self.assertIn("unmarked", self.replay(schedule, code=1))
        self.assertIn("belongs to another scenario",
                      self.replay(f"{seed}~ffff{seal[4:]}", code=2))
        self.assertIn("belongs to the racy variant",
                      self.replay(schedule, "--variant", "fixed", code=2))
        outdated = f"{seed}~{seal[:4]}00000000{seal[12:]}"
        self.assertIn("another execution", self.replay(outdated, code=1))
        self.assertIn("another execution", self.replay(outdated, "--exact", code=2))
        self.replay("0123", code=2)

    def test_stress_has_no_schedule(self) -> None:
        ran = carry_out(RACEKIT, "--build", BUILD, "replay", "unmarked_race", "--detector",
                        "stress", "--schedule", "0", code=2)
        self.assertIn("no schedule to replay", ran.stderr)
        ran = carry_out(RACEKIT, "--build", BUILD, "run", "unmarked_race", "--detector", "stress",
                        "--mode", "thorough", code=2)
        self.assertIn("thorough", ran.stderr)


if __name__ == "__main__":
    sys.argv[1:] = sys.argv[1:] or ["-v"]
    unittest.main()
