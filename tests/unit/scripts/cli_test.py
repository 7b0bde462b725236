# SPDX-License-Identifier: MIT
"""The command line against programs that play at being scenarios."""
from __future__ import annotations

import json
import os
import shlex
import signal
import stat
import subprocess
import sys
import tempfile
import time
import unittest
from dataclasses import replace
from pathlib import Path
from typing import Any
from unittest import mock
from xml.etree import ElementTree as xml

from fake_build import RACEKIT, TOP, BuildTest, FakeBuild, scenario

sys.path.insert(0, str(TOP / "scripts"))

from racekit_cli import (machine_checks, measuring, outcome, plot, ratios,  # noqa: E402
                         readme_command, runs, selection, show_command)
from racekit_cli.terminal import Terminal  # noqa: E402


class CommandLine(BuildTest):
    def enrol_three(self) -> None:
        self.build.enrol(scenario("lock/lost_update"))
        self.build.enrol(scenario("queue/torn_item"))
        self.build.enrol(scenario("shared/counter_lost", cast="processes"))


class Listing(CommandLine):
    def test_json_is_an_array_of_described_scenarios(self) -> None:
        self.enrol_three()
        ran = self.build.racekit("list", "--json")
        self.assertEqual(ran.returncode, 0, ran.stderr)
        listed = json.loads(ran.stdout)
        self.assertEqual([one["id"] for one in listed],
                         ["lock/lost_update", "queue/torn_item", "shared/counter_lost"])
        for one in listed:
            for field, kind in (("id", str), ("family", str), ("title", str), ("bug_class", str),
                                ("cwe", int), ("promises", dict), ("threads", int),
                                ("files", list)):
                self.assertIsInstance(one[field], kind, field)
            self.assertEqual(set(one["promises"]), {"stress", "tsan", "model", "process"})
        self.assertEqual(listed[0]["files"], ["scenarios/lock/lost_update.cpp"])

    def test_filters(self) -> None:
        self.enrol_three()
        ran = self.build.racekit("list", "--json", "--family", "queue")
        self.assertEqual([one["id"] for one in json.loads(ran.stdout)], ["queue/torn_item"])
        ran = self.build.racekit("list", "--json", "*/*lost*")
        self.assertEqual([one["id"] for one in json.loads(ran.stdout)],
                         ["lock/lost_update", "shared/counter_lost"])


class BadInput(CommandLine):
    def test_unknown_scenario(self) -> None:
        self.enrol_three()
        self.assert_refused(self.build.racekit("run", "lock/lost_updte"), 2, "lock/lost_updte",
                            "did you mean lock/lost_update?")
        self.assert_refused(self.build.racekit("show", "torn_itm"), 2, "queue/torn_item?")

    def test_empty_filter(self) -> None:
        self.enrol_three()
        self.assert_refused(self.build.racekit("run", "pipe/*"), 2,
                            "no scenario matches 'pipe/*'", "racekit list")
        self.assert_refused(self.build.racekit("run", "--family", "qeue"), 2, "mean queue?")
        self.assert_refused(self.build.racekit("run", "lost_update", "--family", "queue"), 2)
        self.assert_refused(self.build.racekit("run", "lost_update", "--detector", "process"), 2,
                            "run by threads")

    def test_nothing_named(self) -> None:
        self.enrol_three()
        self.assert_refused(self.build.racekit("run"), 2, "--all")

    def test_unknown_words(self) -> None:
        self.enrol_three()
        self.assert_refused(self.build.racekit("rnu"), 2, "did you mean run?")
        self.assert_refused(self.build.racekit("run", "--all", "--detector", "tsn"), 2, "tsan?")
        self.assert_refused(self.build.racekit(), 2, "list, run")
        for option, value in (("--seed", "-1"), ("--seed", "x"), ("--seconds", "0"),
                              ("--seconds", "nan"), ("--jobs", "0"), ("--executions", "1.5")):
            self.assert_refused(self.build.racekit("run", "--all", option, value), 2, option)

    def test_no_build_yet(self) -> None:
        (self.build.folder / "racekit.json").unlink()
        self.assert_refused(self.build.racekit("list"), 2, "no build yet", "cmake")
        (self.build.folder / "racekit.json").write_text("{")
        self.assert_refused(self.build.racekit("list"), 2, "cannot be read", "configure again")

    def test_scenario_without_any_program(self) -> None:
        self.build.enrol(scenario(), unbuilt=("native", "tsan", "model"))
        ran = self.build.racekit("list")
        self.assertEqual(ran.returncode, 0, ran.stderr)
        self.assertRegex(ran.stdout, r"lock/lost_update +not built")
        self.assert_refused(self.build.racekit("show", "lost_update"), 2, "not built",
                            "cmake --build")
        ran = self.build.racekit("run", "lost_update")
        self.assertEqual(ran.returncode, 70)
        self.assertIn("failed: lock/lost_update: not built", ran.stdout)

    def test_malformed_schedule_is_the_programs_own_line(self) -> None:
        self.build.enrol(scenario(), {"racy.model": {"usage": "schedule '0.z' is malformed"}})
        ran = self.build.racekit("replay", "lost_update", "--schedule", "0.z")
        self.assert_refused(ran, 2, "schedule '0.z' is malformed")

    def test_replay_of_what_is_absent(self) -> None:
        self.build.enrol(scenario())
        self.assert_refused(self.build.racekit("replay", "lost_update", "--schedule", "0",
                                               "--detector", "process"), 2, "run by threads")


class ExitCodes(CommandLine):
    def run_with(self, acts: dict, *more: str):
        self.build.enrol(scenario(), acts)
        return self.build.racekit("run", "--all", *more)

    def verdict(self, name: str) -> dict:
        return json.loads((self.build.folder / "verdicts" / f"{name}.json").read_text())

    def test_kept(self) -> None:
        ran = self.run_with({})
        self.assertEqual(ran.returncode, 0, ran.stdout)
        self.assertIn("6 kept, 0 broken", ran.stdout)

    def test_each_verdict_has_its_code(self) -> None:
        for word, code in (("broken", 1), ("inconclusive", 3), ("hang", 4), ("failed", 70)):
            with self.subTest(word):
                build = FakeBuild(self.folder / word)
                build.enrol(scenario(), {"racy.model": {"verdict": word, "why": "so it is"}})
                ran = build.racekit("run", "--all")
                self.assertEqual(ran.returncode, code)
                self.assertIn(f"{word}: lock/lost_update racy, model: so it is", ran.stdout)

    def test_the_worst_of_several(self) -> None:
        self.assertEqual(outcome.worst(["kept", "inconclusive"]), 3)
        self.assertEqual(outcome.worst(["inconclusive", "broken", "kept"]), 1)
        self.assertEqual(outcome.worst(["broken", "hang"]), 4)
        self.assertEqual(outcome.worst(["hang", "failed", "broken"]), 70)
        self.assertEqual(outcome.worst(["kept", "skipped"]), 0)
        self.assertEqual(outcome.worst(["skipped", "skipped"]), 3)

    def test_a_program_killed_by_a_signal_is_broken(self) -> None:
        ran = self.run_with({"fixed.model": {"signal": signal.SIGSEGV}})
        self.assertEqual(ran.returncode, 1, ran.stdout)
        told = self.verdict("lock.lost_update.fixed.model")
        self.assertEqual(told["verdict"], "broken")
        self.assertIn("SIGSEGV", told["why"])

    def test_a_program_without_a_verdict_is_internal(self) -> None:
        ran = self.run_with({"racy.stress": {"silent": 0}})
        self.assertEqual(ran.returncode, 70, ran.stdout)
        self.assertIn("wrote no verdict", self.verdict("lock.lost_update.racy.stress")["why"])

    def test_a_program_that_cannot_be_started_is_internal(self) -> None:
        self.build.enrol(scenario())
        (self.build.folder / "bin" / "lock.lost_update.model").chmod(0o644)
        ran = self.build.racekit("run", "--all")
        self.assertEqual(ran.returncode, 70, ran.stdout)
        self.assertIn("cannot be started: Permission denied", ran.stdout)
        self.assertIn("4 kept", ran.stdout)

    def test_a_verdict_of_an_earlier_run_does_not_count(self) -> None:
        self.assertEqual(self.run_with({}).returncode, 0)
        self.build.enrol(scenario(), {"racy.stress": {"silent": 0}})
        self.assertEqual(self.build.racekit("run", "--all").returncode, 70)

    def test_exit_code_and_verdict_must_agree(self) -> None:
        ran = self.run_with({"racy.tsan": {"exit": 66}})
        self.assertEqual(ran.returncode, 70, ran.stdout)
        self.assertIn("exited with 66", self.verdict("lock.lost_update.racy.tsan")["why"])

    def test_a_detector_that_is_not_built_is_red(self) -> None:
        self.build.enrol(scenario(), unbuilt=("model",))
        ran = self.build.racekit("run", "--all")
        self.assertEqual(ran.returncode, 70, ran.stdout)
        self.assertIn("its program is not built", ran.stdout)

    def test_tsan_that_cannot_start_is_inconclusive(self) -> None:
        ran = self.run_with({"list": "dies", "racy.tsan": {"silent": 66},
                             "fixed.tsan": {"silent": 66}})
        self.assertEqual(ran.returncode, 3, ran.stdout)
        self.assertIn("ThreadSanitizer cannot start here", ran.stdout)
        self.assertIn("racekit doctor", ran.stdout)

    def test_a_build_without_tsan_skips_loudly(self) -> None:
        self.build = FakeBuild(self.folder / "gcc", tsan_missing="needs clang++-19")
        self.build.enrol(scenario(), unbuilt=("tsan",))
        ran = self.build.racekit("run", "--all")
        self.assertEqual(ran.returncode, 0, ran.stdout)
        self.assertIn("2 tsan runs SKIPPED: needs clang++-19", ran.stdout)
        self.assertIn("4 kept, 0 broken, 2 skipped", ran.stdout)
        only = self.build.racekit("run", "--detector", "tsan")
        self.assertEqual(only.returncode, 3, only.stdout)

    def test_the_backstop_ends_the_whole_group(self) -> None:
        child = self.folder / "child"
        self.build.enrol(scenario(), {"racy.stress": {"sleep": 60, "child": str(child)}})
        from racekit_cli import build_tree, catalogue
        build = build_tree.open_build(self.build.folder)
        one, = catalogue.load(build, ["lock/lost_update"]).scenarios
        before = runs.backstop
        try:
            for runs.backstop in (0.7, 5, 50):  # on a busy machine it may not have begun by then
                result = runs.carry_out(runs.Run(one, "racy", "stress"), build)
                if child.exists():
                    break
        finally:
            runs.backstop = before
        self.assertEqual(result.word, "hang")
        self.assertEqual(result.verdict["exit_code"], 4)
        left = int(child.read_text())
        for _ in range(3000):
            try:
                state = Path(f"/proc/{left}/stat").read_text().rsplit(")", 1)[1].split()[0]
            except FileNotFoundError:
                return
            if state == "Z":
                return
            time.sleep(0.02)
        self.fail("the program's child outlived it")


class Running(CommandLine):
    def test_filters_choose_the_runs(self) -> None:
        self.enrol_three()
        ran = self.build.racekit("run", "--detector", "model", "--variant", "fixed", "--json")
        told = json.loads(ran.stdout)
        self.assertEqual([(one["scenario"], one["variant"], one["detector"]) for one in told],
                         [(name, "fixed", "model") for name in
                          ("lock/lost_update", "queue/torn_item", "shared/counter_lost")])

    def test_processes_and_threads_have_their_own_native_detector(self) -> None:
        self.enrol_three()
        told = json.loads(self.build.racekit("run", "--all", "--jobs", "2", "--json").stdout)
        native = {(one["scenario"], one["detector"]) for one in told
                  if one["detector"] in ("stress", "process")}
        self.assertEqual(native, {("lock/lost_update", "stress"), ("queue/torn_item", "stress"),
                                  ("shared/counter_lost", "process")})
        self.assertEqual(len(told), 18)

    def test_options_reach_the_program(self) -> None:
        self.build.enrol(scenario())
        told = json.loads(self.build.racekit("run", "lost_update", "--seed", "77", "--json",
                                             "--detector", "model").stdout)
        self.assertEqual({one["seed"] for one in told}, {77})

    def test_one_scenario_speaks_in_full(self) -> None:
        self.build.enrol(scenario())
        ran = self.build.racekit("run", "lost_update")
        self.assertIn("lock/lost_update racy model spoke", ran.stdout)

    def test_junit_is_valid_and_counts(self) -> None:
        self.build.enrol(scenario(), {"racy.model": {"verdict": "broken", "why": "a < b & \"c\""},
                                      "fixed.tsan": {"silent": 9}})
        self.build.enrol(scenario("queue/torn_item"))
        file = self.folder / "race.xml"
        self.build.racekit("run", "--all", "--junit", str(file), "--reproduce", "0")
        top = xml.parse(file).getroot()
        self.assertEqual(top.tag, "testsuites")
        self.assertEqual([suite.get("name") for suite in top], ["lock", "queue"])
        self.assertEqual((top.get("tests"), top.get("failures"), top.get("errors"),
                          top.get("skipped")), ("12", "1", "1", "0"))
        self.assertEqual({one.get("file") for one in top.iter("testcase")},
                         {"scenarios/lock/lost_update.cpp", "scenarios/queue/torn_item.cpp"})
        case = next(one for one in top.iter("testcase") if one.find("failure") is not None)
        self.assertEqual((case.get("classname"), case.get("name"), case.get("time")),
                         ("lock.lost_update", "racy.model", "0.250"))
        self.assertEqual(case.find("failure").get("message"), "a < b & \"c\"")

    def test_replay_hands_the_schedule_on(self) -> None:
        program = self.build.folder / "bin" / "lock.lost_update.model"
        self.build.enrol(scenario())
        program.write_text("#!/bin/sh\n[ \"$1\" = --list ] && exec "
                           f"{self.build.folder}/bin/lock.lost_update.native --list\n"
                           "echo \"$@\"\nexit 1\n")
        ran = self.build.racekit("replay", "lost_update", "--schedule", "0.1.1",
                                 "--variant", "fixed")
        self.assertEqual(ran.returncode, 1)
        self.assertEqual(ran.stdout, "--scenario lock/lost_update --variant fixed --detector "
                         "model --schedule 0.1.1 --width 100\n")
        ran = self.build.racekit("replay", "lost_update", "--schedule", "0@1:1", "--exact",
                                 "--robustness")
        self.assertEqual(ran.stdout,
                         "--scenario lock/lost_update --variant racy --detector model "
                         "--schedule 0@1:1 --exact --robustness --width 100\n")


class Table(CommandLine):
    def lines(self, *arguments: str, **environment: str) -> list[str]:
        wide = {"COLUMNS": "200"} | environment
        return self.build.racekit("run", "--all", *arguments, **wide).stdout.splitlines()

    def test_a_row_says_promise_seen_reach_and_time(self) -> None:
        self.build.enrol(scenario(stress={"sight": "blind"}), {"racy.stress": {"found": None}})
        lines = self.lines()
        self.assertRegex(lines[0], r"^run by threads +stress \(executions\) +tsan "
                                   r"\(executions\) +model \(executions\)$")
        racy = next(line for line in lines if line.startswith("lock/lost_update"))
        self.assertRegex(racy, r"racy +✓ blind +silent, exhausted 1,204 +0\.2 s "
                               r"+✓ finds +data race @1,003 +0\.2 s")
        fixed = lines[lines.index(racy) + 1]
        self.assertRegex(fixed, r"data race, CWE-366 +fixed +✓ clean +exhausted 1,204")

    def test_one_is_singular(self) -> None:
        self.build.enrol(scenario())
        ran = self.build.racekit("run", "--all", "--detector", "model", "--variant", "racy")
        self.assertIn("1 run of 1 scenario in", ran.stdout)

    def test_columns_line_up(self) -> None:
        self.build.enrol(scenario())
        self.build.enrol(scenario("queue/a_rather_long_name_of_a_mistake"),
                         {"racy.stress": {"found": "an uncommonly long finding"}})
        racy = [line for line in self.lines() if "  racy " in line]
        self.assertEqual(len({tuple(at for at, sign in enumerate(line) if sign == "✓")
                              for line in racy}), 1)

    def test_absent_is_a_dash_with_a_footnote(self) -> None:
        self.build.enrol(scenario(tsan={"sight": "absent", "why": "sees one process only"}))
        self.build.enrol(scenario("queue/torn_item"))
        lines = self.lines()
        self.assertTrue(any("- [1]" in line and "lock/lost_update" in line for line in lines))
        self.assertIn("[1] no tsan: sees one process only", lines)

    def test_a_warning_is_a_footnote(self) -> None:
        warns = {"fixed.model": {"warns": ["load buffering"]}}
        self.build.enrol(scenario(), warns)
        self.build.enrol(scenario("queue/torn_item"), warns)
        lines = self.lines()
        self.assertEqual(2, sum(line.count("exhausted 1,204 [1]") for line in lines))
        self.assertIn("[1] model: the program may have other executions, which the model does "
                      "not show: load buffering", lines)

    def test_colour_only_where_wanted(self) -> None:
        self.build.enrol(scenario(), {"racy.model": {"verdict": "broken"}})
        self.assertNotIn("\x1b", "\n".join(self.lines()))
        coloured = "\n".join(self.lines(CLICOLOR_FORCE="1"))
        self.assertIn("\x1b[31;1m✗\x1b[0m", coloured)
        self.assertNotIn("\x1b", "\n".join(self.lines(CLICOLOR_FORCE="1", NO_COLOR="1")))

    def test_plain_marks_where_the_terminal_knows_no_others(self) -> None:
        self.build.enrol(scenario())
        text = "\n".join(self.lines(PYTHONIOENCODING="ascii"))
        self.assertTrue(text.isascii())
        self.assertIn("+ finds", text)


class Widths(CommandLine):
    """No line is wider than the terminal, whatever the programs print."""

    def assert_fits(self, text: str, width: int) -> None:
        for line in text.splitlines():
            self.assertLessEqual(len(line), width, line)

    def enrol_wide(self) -> None:
        self.build.enrol(scenario("queue/a_rather_long_name_of_a_mistake_in_a_queue"),
                         {"racy.stress": {"found": "an uncommonly long finding"},
                          "fixed.model": {"verdict": "broken", "why": "so it is, " * 20}})
        self.build.enrol(scenario("lock/b", tsan={"sight": "absent", "why": "no reason " * 15}))
        self.build.enrol(scenario("lock/c", cast="processes"))

    def test_list_kinds(self) -> None:
        self.build.enrol(scenario())
        self.assertEqual(self.build.racekit("list", "--kinds").stdout,
                         "data race\n  two accesses\n")
        told = json.loads(self.build.racekit("list", "--kinds", "--json").stdout)
        self.assertEqual(told, [{"kind": "data race", "meaning": "two accesses"}])
        self.assert_refused(self.build.racekit("list", "--kinds", "lock/*"), 2, "leave out")

    def test_list_kinds_needs_a_program(self) -> None:
        self.build.enrol(scenario(), unbuilt=("native", "tsan", "model"))
        self.assert_refused(self.build.racekit("list", "--kinds"), 2, "no program is built")

    def test_list_and_run_fit_the_terminal(self) -> None:
        self.enrol_wide()
        for width in (60, 80, 100, 120, 200):
            for arguments in (("list",), ("run", "--all"), ("run", "lock/b")):
                with self.subTest(width=width, arguments=arguments):
                    ran = self.build.racekit(*arguments, COLUMNS=str(width))
                    self.assertIn("lock/b", ran.stdout)
                    self.assert_fits(ran.stdout.replace(str(self.build.folder), "build"), width)

    def test_a_pipe_has_100_columns(self) -> None:
        self.enrol_wide()
        self.assert_fits(self.build.racekit("list").stdout, 100)

    def test_a_narrow_table_says_as_much_as_a_wide_one(self) -> None:
        self.build.enrol(scenario(), {"fixed.model": {"verdict": "broken"}})
        narrow, wide = (self.build.racekit("run", "--all", COLUMNS=width).stdout
                        for width in ("60", "200"))
        for word in ("stress", "tsan", "model", "finds", "data race @1,003", "CWE-366"):
            self.assertEqual(narrow.count(word) > 0, wide.count(word) > 0, word)
        self.assertEqual(narrow.count("✓"), wide.count("✓"))

    def test_drawings_are_cut_and_not_reflowed(self) -> None:
        terminal = Terminal(colour=False, unicode=True, width=20)
        self.assertEqual(terminal.verbatim("  thread 0:  a ... b ... c"),
                         ["  thread 0:  a ... b", "          ... c"])
        self.assertEqual(terminal.verbatim("  short"), ["  short"])
        self.assertEqual(terminal.command("  do: ", "racekit run 'a b' --variant racy"),
                         ["  do: racekit run \\", "      'a b' \\", "      --variant \\",
                          "      racy"])


class Enrolment(CommandLine):
    """One scenario that cannot be enrolled does not hide the others."""

    def enrol_bad(self, answer: list[dict[str, Any]]) -> None:
        self.build.enrol(scenario("lock/good"))
        self.build.enrol(scenario("lock/bad"), source=TOP / "scenarios" / "lock" / "bad.cpp")
        for flavour in ("native", "tsan", "model"):
            program = self.build.folder / "bin" / f"lock.bad.{flavour}"
            program.write_text(f"#!/bin/sh\ncat <<'END'\n{json.dumps(answer)}\nEND\n")

    def test_one_line_for_the_file_and_the_rest_runs(self) -> None:
        self.enrol_bad([{"error": "the scenario has no title", "files": ["bad.cpp"]}])
        ran = self.build.racekit("list")
        self.assert_refused(ran, 70, "lock/bad (scenarios/lock/bad.cpp): the scenario has no title")
        self.assertRegex(ran.stdout, r"lock/good +About good")
        ran = self.build.racekit("run", "--all")
        self.assertEqual(ran.returncode, 70)
        self.assertIn("6 kept, 0 broken, 1 failed", ran.stdout)
        self.assertEqual(ran.stdout.count("the scenario has no title"), 1)
        self.assertIn("{", self.build.racekit("list", "--json").stdout)

    def test_a_file_without_a_scenario(self) -> None:
        self.enrol_bad([])
        self.assert_refused(self.build.racekit("show", "lock/bad"), 70, "does not hold it",
                            "RACEKIT_SCENARIO")

    def test_junit_has_it_too(self) -> None:
        self.enrol_bad([{"error": "no title", "files": ["bad.cpp"]}])
        file = self.folder / "race.xml"
        self.build.racekit("run", "--all", "--junit", str(file), "--reproduce", "0")
        self.assertEqual([one.get("message") for one in xml.parse(file).getroot().iter("error")],
                         ["no title"])

    def test_the_same_title_twice_is_said(self) -> None:
        for name in ("lock/one", "lock/two"):
            self.build.enrol(dict(scenario(name), title="The same"))
        ran = self.build.racekit("list")
        self.assertEqual(ran.returncode, 0)
        self.assertIn("lock/one and lock/two have the same title, 'The same'", ran.stderr)
        self.assertIn("lock/one and lock/two have the same title",
                      self.build.racekit("run", "--all").stdout)

    def test_a_test_has_no_racy_variant(self) -> None:
        clean = {name: {"sight": "clean"} for name in ("stress", "tsan", "model")}
        self.build.enrol(dict(scenario("lock/test", **clean), variants=["fixed"]))
        ran = self.build.racekit("run", "--all")
        self.assertEqual(ran.returncode, 0, ran.stdout)
        self.assertIn("3 kept, 0 broken", ran.stdout)

    def test_names_are_known_before_a_build(self) -> None:
        ran = subprocess.run([sys.executable, RACEKIT, "list", "--family", "queue"],
                             capture_output=True, text=True, check=False,
                             env=os.environ | {"RACEKIT_BUILD": str(self.folder / "none")})
        self.assertEqual(ran.returncode, 0, ran.stderr)
        self.assertRegex(ran.stdout, r"queue/\w+ +not built")
        self.assertIn("no build yet", ran.stderr)


class Currency(CommandLine):
    """A program that is older than its source is not run."""

    def enrol_with_source(self) -> Path:
        source = self.folder / "lost_update.cpp"
        source.write_text("// one\n")
        self.build.enrol(scenario(), source=source)
        return source

    def test_an_old_program_is_refused(self) -> None:
        source = self.enrol_with_source()
        self.assertEqual(self.build.racekit("run", "lost_update").returncode, 0)
        later = time.time() + 10
        os.utime(source, (later, later))
        for command in (("run", "lost_update"), ("run", "--all", "--no-build"),
                        ("show", "lost_update"), ("replay", "lost_update", "--schedule", "0")):
            with self.subTest(command):
                self.assert_refused(self.build.racekit(*command), 3, "lock/lost_update is newer",
                                    "cmake --build")

    def fake_cmake(self, script: str) -> None:
        tool = self.folder / "cmake"
        tool.write_text("#!/bin/sh\n" + script)
        tool.chmod(0o755)
        (self.build.folder / "CMakeCache.txt").write_text(
            f"CMAKE_COMMAND:INTERNAL={tool}\nCMAKE_GENERATOR:INTERNAL=Ninja\n")

    def test_what_is_run_is_built_first(self) -> None:
        self.enrol_with_source()
        self.build.enrol(scenario("queue/torn_item"))
        asked = self.folder / "asked"
        self.fake_cmake(f'echo "$@" >{asked}\n')
        self.assertEqual(self.build.racekit("run", "lost_update", "--detector",
                                            "model").returncode, 0)
        self.assertEqual(asked.read_text(), f"--build {self.build.folder} --target "
                                            "lock.lost_update.model -- -k 0\n")

    def test_what_does_not_build_fails_and_the_rest_runs(self) -> None:
        self.enrol_with_source()
        self.build.enrol(scenario("queue/torn_item"))
        self.fake_cmake("echo '[1/2] Building'; echo 'FAILED: dir/lock.lost_update.model.dir/l.o'\n"
                        "echo 'clang++ -c l.cpp'; echo 'l.cpp:3:1: error: unknown type'; exit 1\n")
        ran = self.build.racekit("run", "--all")
        self.assertEqual(ran.returncode, 70, ran.stdout)
        self.assertIn("6 kept, 0 broken, 1 failed", ran.stdout)
        self.assertIn("lock/lost_update", ran.stdout)
        self.assertIn("does not build: l.cpp:3:1: error: unknown type",
                      " ".join(ran.stdout.split()))

    def test_a_build_that_fails_as_a_whole(self) -> None:
        self.enrol_with_source()
        self.fake_cmake("echo 'ninja: error: loading build.ninja'; exit 1\n")
        self.assert_refused(self.build.racekit("run", "--all"), 3, "loading build.ninja")


class CannotWrite(CommandLine):
    def test_a_full_disk_is_one_line(self) -> None:
        self.enrol_three()
        for command in (("list",), ("list", "--json"), ("run", "--all"), ("doctor",)):
            with self.subTest(command), open("/dev/full", "w") as full:
                ran = subprocess.run([sys.executable, RACEKIT, "--build", self.build.folder,
                                      *command], stdout=full, stderr=subprocess.PIPE, text=True,
                                     check=False)
                self.assertEqual(ran.returncode, 70, ran.stderr)
                self.assertEqual(len(ran.stderr.splitlines()), 1, ran.stderr)
                self.assertIn("cannot write to the standard output: No space left", ran.stderr)

    def test_a_closed_output_leaves_the_exit_code(self) -> None:
        self.enrol_three()
        for command, code in ((("run", "--all"), self.build.racekit("run", "--all").returncode),
                              (("list",), 70), (("list", "--json"), 70)):
            with self.subTest(command):
                ran = subprocess.run(["sh", "-c", '"$@" >&- <&-', "sh", sys.executable, RACEKIT,
                                      "--build", self.build.folder, *command],
                                     stderr=subprocess.PIPE, text=True, check=False)
                self.assertEqual(ran.returncode, code, ran.stderr)
                self.assertEqual(len(ran.stderr.splitlines()), 1, ran.stderr)
                self.assertIn("standard output", ran.stderr)
                self.assertIn("is closed", ran.stderr)

    def test_verdicts_that_cannot_be_written(self) -> None:
        self.build.enrol(scenario())
        (self.build.folder / "verdicts").write_text("in the way")
        self.assert_refused(self.build.racekit("run", "--all"), 70, "cannot write the verdict",
                            "--build")

    def test_junit_files(self) -> None:
        self.build.enrol(scenario())
        self.assert_refused(self.build.racekit("run", "--all", "--junit", "-"), 2, "file name")
        self.assert_refused(self.build.racekit("run", "--all", "--junit", str(self.folder)), 2,
                            "folder")
        self.assert_refused(self.build.racekit("run", "--all", "--junit", "/dev/full",
                                               "--reproduce", "0"), 70,
                            "/dev/full", "No space left")
        self.assertTrue(stat.S_ISCHR(os.stat("/dev/full").st_mode))

    def test_wrong_trees_and_names(self) -> None:
        self.assert_refused(self.build.racekit("mutate", "--tree", "/nonexistent"), 2,
                            "/nonexistent")
        program = self.build.folder / "bin" / "bench.lock"
        program.write_text("#!/bin/sh\nexit 0\n")
        program.chmod(0o755)
        self.assert_refused(self.build.racekit("bench", "--only", "zzz"), 2, "zzz")
        self.assert_refused(self.build.racekit("bench", "--only", "("), 2, "regular expression")
        self.build.enrol(scenario())
        self.assert_refused(self.build.racekit("run", "--all", "--executions", "0"), 2,
                            "--executions")


class Invocation(CommandLine):
    """Commands that are printed work where they are printed."""

    def run_from(self, place: Path, build: FakeBuild) -> str:
        return subprocess.run([sys.executable, RACEKIT, "--build", build.folder, "run",
                               "lock/lost_update"], capture_output=True, text=True, check=False,
                              cwd=place, env=os.environ | {"COLUMNS": "500"}).stdout

    def test_the_command_has_its_build_and_is_quoted(self) -> None:
        build = FakeBuild(self.folder / "a b")
        build.enrol(scenario(), {"racy.model": {"verdict": "broken", "command": True}})
        outside = self.run_from(self.folder, build)
        command = f"{RACEKIT} --build '{self.folder}/a b'"
        self.assertIn(f"again: {command} run lock/lost_update", outside)
        self.assertIn(f"command {command}\n", outside)  # what the program is told
        self.assertIn("again: scripts/racekit --build '", self.run_from(TOP, build))


class Parts(unittest.TestCase):
    source = ("// One. Two.\n//\n//     t0: a\n#include <x>\n"
              "struct racy {\n    int x;  // { <- race\n    char y = '{';\n};\n\n"
              "struct fixed : base {\n    int x;\n    int y;\n};\n")

    def test_comment_and_variants_are_read_from_the_source(self) -> None:
        self.assertEqual(show_command.description_of(self.source), "One. Two.\n\n    t0: a")
        self.assertEqual(len(show_command.struct_of(self.source, "racy")), 4)
        self.assertEqual(show_command.struct_of(self.source, "fixed")[-1], "};")
        self.assertEqual(show_command.struct_of("struct racy : base {};\n", "racy"),
                         ["struct racy : base {};"])
        self.assertEqual(show_command.struct_of("using racy = base;\n", "racy"),
                         ["using racy = base;"])

    def test_a_mark_makes_no_difference(self) -> None:
        self.assertEqual(show_command.difference(["a;  // <- race", "b;"], ["lock;", "a;", "b;"]),
                         ["+lock;", " a;  // <- race", " b;"])

    def test_selection_keeps_the_order_of_the_catalogue(self) -> None:
        ids = ["lock/b", "lock/a", "queue/b"]
        self.assertEqual(selection.by_name(["a", "b"], ids), ["lock/b", "lock/a", "queue/b"])
        self.assertEqual(selection.by_name(["lock.?"], ids), ["lock/b", "lock/a"])

    def test_readme_blocks_are_replaced_whole(self) -> None:
        text = "x\n<!-- racekit:table -->\nold\n<!-- racekit:end -->\ny\n"
        self.assertEqual(readme_command.replaced(text, "table", "new\n"),
                         text.replace("old", "new"))
        self.assertEqual(readme_command.replaced(text, "bench", "new\n"), text)


class Watching(CommandLine):
    def test_each_failed_test_shows_the_end_of_its_output(self) -> None:
        log = ["      Start 1: one", " 1/3 Test #1: one ......   Passed 0.1 sec",
               " 2/3 Test #2: two ......***Failed 0.1 sec",
               *(f"line {number}" for number in range(40)),
               "      Start 3: three", "the reason", " 3/3 Test #3: three ...***Skipped 0.1 sec",
               "not shown", "", "67% tests passed, 1 tests failed out of 3", "the summary",
               "unit  =  3.00 sec*proc (3 tests)"]
        ran = self.watch("sh", "-c", "printf '%s\\n' " + shlex.join(log) + "; exit 8")
        shown = ran.stderr.splitlines()
        self.assertIn("the summary", shown)
        # The reason is the last thing: a page that shows the end of a log shows it.
        self.assertEqual(shown[-3:-1], ["line 39", "the reason"])
        self.assertIn("......***Failed", shown[shown.index("the summary") + 1])
        for absent in ("line 1", "not shown", "      Start 3: three", log[-1]):
            self.assertNotIn(absent, shown)

    def watch(self, *work: str):
        return self.build.racekit("watch", "--log", str(self.folder / "log"), "--words", "working",
                                  "--", *work)

    def test_silent_when_all_is_well(self) -> None:
        ran = self.watch("sh", "-c", "echo [1/2] one; echo [2/2] two")
        self.assertEqual((ran.returncode, ran.stdout, ran.stderr), (0, "", ""))
        self.assertEqual((self.folder / "log").read_text(), "[1/2] one\n[2/2] two\n")

    def test_tells_why_it_failed(self) -> None:
        ran = self.watch("sh", "-c", "echo [1/2] one; echo FAILED: two; echo why; exit 3")
        self.assertEqual(ran.returncode, 3)
        self.assertIn("FAILED: two\nwhy\n", ran.stderr)
        self.assertNotIn("[1/2]", ran.stderr)

    def test_says_how_far_it_is_now_and_then(self) -> None:
        ran = self.watch("sh", "-c", "echo [7/9] seven; sleep 8")
        self.assertRegex(ran.stderr, r"racekit: working  \[7/9\] seven  [5-8] s")

    def test_a_missing_tool(self) -> None:
        self.assert_refused(self.watch("no-such-tool"), 2, "no-such-tool", "scripts/setup")


class Doctor(CommandLine):
    def test_each_line_has_a_state_and_problems_say_what_to_do(self) -> None:
        self.build.enrol(scenario())
        ran = self.build.racekit("doctor")
        states = [line.split()[0] for line in ran.stdout.splitlines()]
        self.assertLessEqual(set(states), {"ok", "problem", "do:"})
        self.assertEqual(states.count("problem"), states.count("do:"))
        self.assertEqual(ran.returncode, 1 if "problem" in states else 0)
        for what in ("compiler", "other compiler", "standard library", "linker", "symbolizer",
                     "objdump", "ThreadSanitizer", "address bits", "personality", "ulimit -v",
                     "FSGSBASE", "Relacy", "/dev/shm", "cores", "native", "tsan", "model",
                     "unmodified"):
            self.assertRegex(ran.stdout, rf"(?m)^(ok     |problem)  {what} ")

    def test_what_is_missing_is_missing_for_its_flavours(self) -> None:
        tools = self.build.folder / "no tools"
        tools.mkdir()
        ran = subprocess.run([sys.executable, RACEKIT, "--build", self.build.folder, "doctor"],
                             capture_output=True, text=True, check=False,
                             env={**os.environ, "PATH": str(tools)})
        self.assertEqual(ran.returncode, 1, ran.stderr)
        self.assertRegex(ran.stdout, r"problem  objdump .*\[unmodified\]\n +do: install binutils")
        self.assertRegex(ran.stdout, r"problem  tsan .*\n +do: see above: ThreadSanitizer")
        self.assertRegex(ran.stdout, r"problem  unmodified .*\n +do: see above: .*objdump")
        self.assertNotRegex(ran.stdout, r"problem  native .*\n.*objdump")

    def test_without_fsgsbase_programs_are_explored_more_slowly(self) -> None:
        for bits, slower in ((0b10, False), (0b01, True), (0, True)):
            with mock.patch.object(machine_checks.ctypes, "CDLL") as library, \
                 mock.patch.object(machine_checks.os, "uname") as machine, \
                 mock.patch.object(machine_checks, "CHECKS", (machine_checks.thread_pointer,)):
                machine.return_value.machine = "x86_64"
                library.return_value.getauxval.return_value = bits
                findings, flavours = machine_checks.examine(None)
            self.assertEqual([one.problem for one in findings], [""], bits)
            self.assertEqual("a system call" in findings[0].seen, slower)
            self.assertEqual([each.what for each in flavours if "FSGSBASE" in each.problem], [])

    def test_a_limit_on_memory_is_a_problem(self) -> None:
        ran = subprocess.run(["sh", "-c", 'ulimit -v 8000000; exec "$@"', "sh", sys.executable,
                              RACEKIT, "--build", self.build.folder, "doctor"],
                             capture_output=True, text=True, check=False)
        self.assertEqual(ran.returncode, 1)
        self.assertRegex(ran.stdout, r"problem  ulimit -v +8000000 KiB")
        self.assertIn("do: ulimit -v unlimited", ran.stdout)


class SetUp(unittest.TestCase):
    """scripts/setup with stand-ins for the system's own tools."""

    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.tools = Path(folder.name)
        self.calls = self.tools / "calls"
        self.packages = [line.split()[0] for line in (TOP / "scripts" / "packages.txt")
                         .read_text().splitlines() if line and not line.startswith("#")]

    def tool(self, name: str, script: str) -> None:
        file = self.tools / name
        file.write_text("#!/bin/sh\n" + script)
        file.chmod(0o755)

    def run_setup(self, missing: set[str], root: bool, sudo: bool = False, apt: int = 0,
                  *arguments: str) -> subprocess.CompletedProcess[str]:
        there = "\n".join(f"{one} installed" for one in self.packages if one not in missing)
        self.tool("dpkg-query", f"cat <<'END'\n{there}\nEND\nexit {1 if missing else 0}\n")
        self.tool("id", f"echo {0 if root else 1000}\n")
        self.tool("sudo", 'shift; exec "$@"\n' if sudo else "exit 1\n")
        self.tool("apt-get", f'echo "$@" >>{self.calls}; echo E: no network; exit {apt}\n')
        return subprocess.run([TOP / "scripts" / "setup", *arguments], text=True,
                              capture_output=True, check=False,
                              env={"PATH": f"{self.tools}:/usr/bin:/bin"})

    def test_silent_when_nothing_is_missing(self) -> None:
        ran = self.run_setup(set(), root=True)
        self.assertEqual((ran.returncode, ran.stdout, ran.stderr), (0, "", ""))
        self.assertFalse(self.calls.exists())

    def test_prints_the_exact_command_where_it_may_not_install(self) -> None:
        ran = self.run_setup({"cmake", "relacy-dev"}, root=False)
        self.assertEqual(ran.returncode, 3)
        self.assertIn("sudo apt-get update && sudo apt-get install -y --no-install-recommends "
                      "cmake relacy-dev", ran.stderr)
        self.assertFalse(self.calls.exists())

    def test_installs_as_root_and_through_sudo(self) -> None:
        for root in (True, False):
            with self.subTest(root=root):
                self.calls.unlink(missing_ok=True)
                ran = self.run_setup({"cmake"}, root=root, sudo=not root)
                self.assertEqual(ran.returncode, 0, ran.stderr)
                self.assertEqual(self.calls.read_text(), "update\ninstall -y "
                                 "--no-install-recommends cmake\n")

    def test_an_installation_that_fails_says_so(self) -> None:
        ran = self.run_setup({"cmake"}, root=True, apt=100)
        self.assertEqual(ran.returncode, 3)
        self.assertIn("E: no network", ran.stderr)
        self.assertIn("apt-get install -y --no-install-recommends cmake", ran.stderr)

    def test_gcc_needs_no_clang(self) -> None:
        ran = self.run_setup({"clang-19"}, False, False, 0, "--compiler", "gcc")
        self.assertEqual(ran.returncode, 0, ran.stderr)
        self.assertEqual(self.run_setup({"clang-19"}, root=False).returncode, 3)


class Benchmarks(CommandLine):
    def test_refuses_what_would_mislead(self) -> None:
        for folder, options, word in (
                ("debug", {"build_type": "Debug"}, "Debug"),
                ("none", {"build_type": ""}, "no build type"),
                ("tsan", {"flags": "-O2 -fsanitize=thread"}, "-fsanitize=thread"),
                ("slow", {"flags": "-O0"}, "-O0")):
            with self.subTest(folder):
                build = FakeBuild(self.folder / folder, **options)
                self.assert_refused(build.racekit("bench"), 2, word)

    @staticmethod
    def sample(name: str, ns: float, cores: str = "near", threads: int = 1) -> measuring.Sample:
        trip = {"near": (60, 60), "far": (400, 400), "moved": (60, 400)}[cores]
        work, subject = measuring.key_of(name)
        return measuring.Sample(work, subject, ns, threads, 1,
                                measuring.Conditions(*trip, load=0.0, others=0.0, cpu=""))

    def test_subjects_of_one_work_are_compared(self) -> None:
        works = ratios.works_of("lock", [
            self.sample("alone/racekit::mutex", 10.0), self.sample("alone/racekit::mutex", 30.0),
            self.sample("alone/racekit::mutex", 11.0), self.sample("alone/std::mutex", 22.0),
            self.sample("alone/reference::exchange", 1.0),
            self.sample("shared/std::mutex/8/real_time", 99.0)])
        self.assertEqual([one.name for one in works], ["alone", "shared/8"])
        alone = works[0]
        self.assertEqual([one.subject for one in alone.peers], ["std::mutex"])
        self.assertEqual([(one.ns, one.least, one.most) for one in alone.ours],
                         [(11.0, 10.0, 30.0)])
        target = ratios.Target("lock", "alone", "racekit::mutex", "best", 1.5, "")
        self.assertEqual(target.reached(works), ratios.Reached(2.0, "std::mutex", 0.0))
        gone = ratios.Target("lock", "alone", "racekit::mutex", "absl::Mutex", 1.5, "")
        self.assertIsNone(gone.reached(works))

    def test_a_share_can_be_required_too(self) -> None:
        fair, unfair = (replace(self.sample("crowd/racekit::mutex", 10.0), counters={"share": each})
                        for each in (0.7, 0.4))
        target = ratios.Target("lock", "crowd", "racekit::mutex", "std::mutex", 1.5, "", 0.6)
        for ours, met in ((fair, True), (unfair, False)):
            works = ratios.works_of("lock", [ours, self.sample("crowd/std::mutex", 20.0)])
            reached = target.reached(works)
            self.assertEqual(reached, ratios.Reached(2.0, "std::mutex", ours.counters["share"]))
            self.assertEqual(target.met(reached), met)

    def test_only_like_cores_are_compared(self) -> None:
        works = ratios.works_of("lock", [
            self.sample("two/a", 1.0, "near", 2), self.sample("two/a", 9.0, "far", 2),
            self.sample("two/a", 10.0, "far", 2), self.sample("two/a", 5.0, "moved", 2),
            self.sample("two/a", 5.0, "moved", 2), self.sample("two/a", 5.0, "moved", 2)])
        self.assertEqual((works[0].cores, works[0].figures["a"].least), ("far", 9.0))

    def test_a_plot_shows_every_subject(self) -> None:
        works = ratios.works_of("lock", [self.sample("alone/racekit::mutex", 10.0),
                                         self.sample("alone/a<b>", 1000.0)])
        drawn = plot.bars("lock", works)
        for words in ("racekit::mutex", "a&lt;b&gt;", "1 µs (cut)", "</svg>"):
            self.assertIn(words, drawn)

    def test_no_program_yet(self) -> None:
        self.assert_refused(self.build.racekit("bench"), 2, "no benchmark program", "cmake --build")

    def test_a_program_that_fails_is_internal(self) -> None:
        program = self.build.folder / "bin" / "bench.lock"
        program.write_text("#!/bin/sh\necho boom >&2\nexit 9\n")
        program.chmod(0o755)
        self.assert_refused(self.build.racekit("bench"), 70, "bench.lock", "boom")
        self.assert_refused(self.build.racekit("bench", "pipe"), 2, "no benchmark of the family")


if __name__ == "__main__":
    unittest.main()
