# SPDX-License-Identifier: MIT
"""What CI systems read: SARIF, annotations, artefacts; shards, turns and findings that are looked
for again; and the steps of the workflow file, each run by its name."""
from __future__ import annotations

import copy
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import sarif_rules
from fake_build import TOP, BuildTest, FakeBuild, scenario

sys.path.insert(0, str(TOP / "scripts"))

from racekit_cli import reproducing  # noqa: E402
from racekit_cli.runs import Result, Run  # noqa: E402

WORKFLOW = TOP / ".github" / "workflows" / "racekit.yml"
SOURCE = f"{TOP}/scenarios/lock/lost_update.cpp"


def step(thread: int, action: str, **more: Any) -> dict[str, Any]:
    return {"thread": thread, "action": action, "object": "ready", "operation": "load",
            "file": SOURCE, "line": 18, **more}


FINDING = {
    "subject": "ready", "consequence": "expected 7, got 0",
    "places": [{"role": "read by thread 1", "file": SOURCE, "line": 18, "marked": True},
               {"role": "write by thread 0", "file": SOURCE, "line": 17, "marked": False}],
    "steps": [
        step(0, "store 1 release", operation="store", order="release", value="1", line=17),
        step(1, "load -> 0 acquire", order="acquire", marked=True, note="stale: 1 is newest",
             could_read=[{"value": "1", "step": 1, "newest": True},
                         {"value": "0", "step": 0, "read": True}]),
        step(0, "waits for gate", operation="", blocked=True)]}


class Ci(BuildTest):
    def enrol(self, act: dict[str, Any] | None = None) -> None:
        self.build.enrol(scenario(), {"racy.model": {"finding": FINDING, **(act or {})}})
        self.build.enrol(scenario("queue/torn_item"),
                         {"fixed.stress": {"verdict": "broken", "found": "failed check",
                                           "why": "found 100 %: a, b",
                                           "finding": {"schedule": "", "places": [
                                               {"role": "check", "file": SOURCE, "line": 38,
                                                "marked": False}]}}})

    def run_all(self, *more: str, code: int = 1,
                **environment: str) -> subprocess.CompletedProcess[str]:
        ran = self.build.racekit("run", "--all", "--reproduce", "0", *more, **environment)
        self.assertEqual(ran.returncode, code, ran.stdout + ran.stderr)
        return ran

    def sarif(self, *more: str) -> dict[str, Any]:
        file = self.folder / "race.sarif"
        self.run_all("--sarif", str(file), *more)
        return json.loads(file.read_text())


class Sarif(Ci):
    def test_follows_the_rules_of_the_schema(self) -> None:
        self.enrol()
        self.build.enrol(scenario("lock/bad"), unbuilt=("native", "tsan", "model"))
        file = self.folder / "race.sarif"
        self.run_all("--sarif", str(file), code=70)
        self.assertEqual(sarif_rules.complaints(json.loads(file.read_text())), [])

    def test_the_rules_see_what_is_wrong(self) -> None:
        self.enrol()
        good = self.sarif()

        def spoilt(change: Any) -> list[str]:
            one = copy.deepcopy(good)
            change(one["runs"][0])
            return sarif_rules.complaints(one)

        def flow(run: dict[str, Any]) -> list[dict[str, Any]]:
            result = next(one for one in run["results"] if "codeFlows" in one)
            return result["codeFlows"][0]["threadFlows"]

        def spoil_order(run: dict[str, Any]) -> None:
            flow(run)[0]["locations"][0]["executionOrder"] = 3

        def spoil_level(run: dict[str, Any]) -> None:
            next(one for one in run["results"] if one["kind"] != "fail")["level"] = "error"

        for change in (lambda run: run.pop("tool"), lambda run: run.update(extra=1),
                       lambda run: run["results"][0].update(ruleIndex=99),
                       lambda run: run["results"][0].pop("message"),
                       lambda run: run.update(originalUriBaseIds={}),
                       lambda run: flow(run)[0].update(locations=[]),
                       lambda run: flow(run)[0]["locations"][0]["state"].update(x="no object"),
                       spoil_order, spoil_level):
            self.assertNotEqual(spoilt(change), [])

    def result(self, run: dict[str, Any], scenario_id: str, variant: str,
               detector: str) -> dict[str, Any]:
        return next(one for one in run["results"] if
                    [one["properties"][name] for name in ("scenario", "variant", "detector")]
                    == [scenario_id, variant, detector])

    def test_an_interleaving_is_a_thread_flow_for_each_thread(self) -> None:
        self.enrol()
        run = self.sarif()["runs"][0]
        one = self.result(run, "lock/lost_update", "racy", "model")
        flow, = one["codeFlows"]
        self.assertEqual([thread["id"] for thread in flow["threadFlows"]],
                         ["thread 0", "thread 1"])
        first, second = flow["threadFlows"]
        self.assertEqual([place["executionOrder"] for place in first["locations"]], [1, 3])
        place, = second["locations"]
        self.assertEqual(place["executionOrder"], 2)
        self.assertEqual(place["state"], {"ready": {"text": "1"}})
        self.assertEqual(place["properties"]["couldRead"][1],
                         {"value": "0", "step": 0, "read": True})
        self.assertIn("acquire", place["kinds"])
        self.assertIn("danger", place["kinds"])
        self.assertEqual(place["location"]["physicalLocation"],
                         {"artifactLocation": {"uri": "scenarios/lock/lost_update.cpp",
                                               "uriBaseId": "SRCROOT"},
                          "region": {"startLine": 18}})

    def test_only_what_breaks_a_promise_is_an_alarm(self) -> None:
        self.enrol()
        run = self.sarif()["runs"][0]
        kept = self.result(run, "lock/lost_update", "racy", "model")
        self.assertEqual((kept["kind"], kept["level"]), ("informational", "none"))
        broken = self.result(run, "queue/torn_item", "fixed", "stress")
        self.assertEqual((broken["kind"], broken["level"]), ("fail", "error"))
        self.assertEqual(broken["locations"][0]["physicalLocation"]["region"]["startLine"], 38)

    def test_the_fingerprint_does_not_depend_on_seed_and_line(self) -> None:
        self.enrol()
        first = self.result(self.sarif()["runs"][0], "lock/lost_update", "racy", "model")
        moved = copy.deepcopy(FINDING)
        moved["places"][0]["line"] += 5
        self.enrol({"finding": moved})
        again = self.result(self.sarif("--seed", "9")["runs"][0], "lock/lost_update", "racy",
                            "model")
        self.assertEqual(first["partialFingerprints"], again["partialFingerprints"])
        self.enrol({"found": "deadlock"})
        other = self.result(self.sarif()["runs"][0], "lock/lost_update", "racy", "model")
        self.assertNotEqual(first["partialFingerprints"], other["partialFingerprints"])


    def test_names_of_files_become_uris(self) -> None:
        places = [{"role": "check", "file": f"{TOP}/scenarios/a b#1.cpp", "line": 3,
                   "marked": False},
                  {"role": "check", "file": "/usr/include/x y.hpp", "line": 4, "marked": False}]
        self.enrol({"finding": dict(FINDING, places=places)})
        one = self.result(self.sarif()["runs"][0], "lock/lost_update", "racy", "model")
        self.assertEqual(one["locations"][0]["physicalLocation"]["artifactLocation"],
                         {"uri": "scenarios/a%20b%231.cpp", "uriBaseId": "SRCROOT"})
        self.assertEqual(one["relatedLocations"][0]["physicalLocation"]["artifactLocation"],
                         {"uri": "file:///usr/include/x%20y.hpp"})


class Github(Ci):
    def test_annotations_are_one_line_each_and_escaped(self) -> None:
        self.enrol()
        summary = self.folder / "summary.md"
        ran = self.run_all("--format", "github", GITHUB_STEP_SUMMARY=str(summary))
        lines = [line for line in ran.stdout.splitlines() if line.startswith("::")]
        self.assertEqual(len(lines), 1, ran.stdout)
        self.assertRegex(lines[0], r"^::error file=scenarios/lock/lost_update\.cpp,line=38,"
                                   r"title=queue/torn_item fixed%2C stress%3A failed check::found "
                                   r"100 %25: a, b%0Arepeat: .*--seed 1$")
        text = summary.read_text()
        self.assertIn("11 kept, 1 broken of 12 runs", text)
        self.assertIn("| queue/torn_item | fixed | stress | broken | found 100 %: a, b |", text)
        self.assertIn("queue/torn_item fixed stress spoke", text)

    def test_no_service_no_summary(self) -> None:
        self.enrol()
        self.run_all("--format", "github", GITHUB_STEP_SUMMARY="")
        self.assert_refused(self.build.racekit("run", "--all", "--format", "github", "--json"), 2,
                            "--json", "--format github")
        ran = self.build.racekit("run", "--all", "--reproduce", "0", "--format", "github",
                                 GITHUB_STEP_SUMMARY=str(self.folder))
        self.assertEqual(ran.returncode, 70)
        self.assertIn("step summary", ran.stderr)


class Order(Ci):
    def names(self, *more: str) -> list[tuple[str, str, str]]:
        ran = self.build.racekit("run", "--all", "--json", "--reproduce", "0", *more)
        return [(one["scenario"], one["variant"], one["detector"])
                for one in json.loads(ran.stdout)]

    def test_shards_are_a_partition(self) -> None:
        self.enrol()
        everything = self.names()
        parts = [self.names("--shard", f"{number}/5") for number in range(1, 6)]
        self.assertEqual(sorted(name for part in parts for name in part), sorted(everything))
        self.assertLessEqual(max(map(len, parts)) - min(map(len, parts)), 1)
        for part in (self.names("--shard", "1/2"), self.names("--shard", "2/2")):
            self.assertEqual([variant for _, variant, _ in part].count("racy"), 3, part)

    def test_bad_shards(self) -> None:
        self.enrol()
        for word in ("0/3", "4/3", "1", "1/0", "a/b", "-1/2", "1/2000"):
            self.assert_refused(self.build.racekit("run", "--all", "--shard", word), 2, "--shard")
        self.assert_refused(self.build.racekit("run", "--all", "--shard", "13/13"), 2,
                            "shard 13/13 is empty", "at most 12")

    def test_shuffled_by_the_seed(self) -> None:
        log = self.folder / "log"
        names = [f"lock/number_{number}" for number in range(12)]
        for name in names:
            self.build.enrol(scenario(name), {"racy.model": {"log": str(log)}})

        def order(seed: str, *more: str) -> list[str]:
            log.unlink(missing_ok=True)
            self.build.racekit("run", "--all", "--detector", "model", "--variant", "racy",
                               "--seed", seed, *more)
            return re.findall(r"lock/number_\d+", log.read_text())

        catalogue = order("1")
        self.assertNotEqual(order("1", "--shuffle"), catalogue)
        self.assertEqual(order("1", "--shuffle"), order("1", "--shuffle"))
        self.assertNotEqual(order("1", "--shuffle"), order("2", "--shuffle"))
        self.assertEqual(sorted(order("1", "--shuffle")), sorted(catalogue))

    def test_the_seed_of_the_day_is_told(self) -> None:
        self.build.enrol(scenario())
        ran = self.build.racekit("run", "lost_update", "--seed-of-the-day")
        told = re.search(r"seed of the day: --seed (20\d{6})", ran.stdout)
        self.assertIsNotNone(told, ran.stdout)
        verdict = json.loads((self.build.folder / "verdicts"
                              / "lock.lost_update.racy.model.json").read_text())
        self.assertEqual(verdict["seed"], int(told[1]))
        self.assert_refused(self.build.racekit("run", "--all", "--seed", "1",
                                               "--seed-of-the-day"), 2, "not allowed with")

    def test_the_worst_turn_counts(self) -> None:
        self.build.enrol(scenario(), {"fixed.stress": {"verdict": "broken", "only_seed": 3,
                                                       "found": "hang", "why": "so it is"}})
        ran = self.build.racekit("run", "lost_update", "--repeat", "4", "--reproduce", "0")
        self.assertEqual(ran.returncode, 1, ran.stdout)
        self.assertIn("so it is (in 1 of 4 turns)", " ".join(ran.stdout.split()))
        verdict = json.loads((self.build.folder / "verdicts"
                              / "lock.lost_update.fixed.stress.json").read_text())
        self.assertEqual((verdict["seed"], verdict["repeats"]),
                         (3, {"times": 4, "kept": 3, "first_seed": 1}))

    def test_budgets_scale(self) -> None:
        log = self.folder / "log"
        self.build.enrol(scenario(), {"racy.model": {"log": str(log)}})
        self.build.racekit("run", "lost_update", "--scale", "2.5")
        self.assertIn("--scale 2.5", log.read_text())
        for word in ("0", "-1", "x"):
            self.assert_refused(self.build.racekit("run", "--all", "--scale", word), 2, "--scale")


class Again(Ci):
    def test_a_broken_promise_is_looked_for_ten_times_more(self) -> None:
        log = self.folder / "log"
        self.build.enrol(scenario(), {"fixed.stress": {
            "verdict": "broken", "found": "failed check", "log": str(log),
            "finding": {"schedule": ""}}})
        ran = self.build.racekit("run", "lost_update", "--seed", "5")
        self.assertIn("lock/lost_update fixed, stress: reproduced 10 of 10 with the same seed",
                      ran.stdout)
        self.assertEqual(log.read_text().count("--seed 5"), 11)
        verdict = json.loads((self.build.folder / "verdicts"
                              / "lock.lost_update.fixed.stress.json").read_text())
        self.assertGreaterEqual(verdict["reproduced"].pop("seconds"), 0)
        self.assertEqual(verdict["reproduced"],
                         {"times": 10, "of": 10, "wanted": 10, "by": "seed"})

    def test_every_finding_where_a_ci_system_reads_the_result(self) -> None:
        """Ten times by default, and every file says what came of it."""
        summary, folder = self.folder / "summary.md", self.folder / "out"
        self.build.enrol(scenario(), {"racy.tsan": {"alternates": str(self.folder / "calls")}})
        ran = self.build.racekit(
            "run", "--all", "--format", "github", "--sarif", str(folder / "race.sarif"), "--junit",
            str(folder / "race.xml"), "--artefacts", str(folder), GITHUB_STEP_SUMMARY=str(summary))
        self.assertEqual(ran.returncode, 0, ran.stdout + ran.stderr)
        for detector, times in (("tsan", 5), ("stress", 10)):
            words = f"reproduced {times} of 10 with the same schedule"
            name = f"lock.lost_update.racy.{detector}"
            self.assertIn(f"racy, {detector}: {words}", " ".join(ran.stdout.split()))
            verdict = json.loads((self.build.folder / "verdicts" / f"{name}.json").read_text())
            self.assertEqual((verdict["reproduced"]["times"], verdict["reproduced"]["of"]),
                             (times, 10))
            self.assertIn(f"| racy | {detector} | data race | {words} |", summary.read_text())
            self.assertEqual((folder / name / "reproduced.txt").read_text(), words + "\n")
            self.assertIn(words, (folder / name / "repeat.sh").read_text())
            self.assertRegex((folder / "race.xml").read_text(),
                             f'name="reproduced" value="{words}"')
            told = [one for one in json.loads((folder / "race.sarif").read_text())["runs"][0][
                "results"] if one["properties"]["detector"] == detector]
            self.assertEqual(told[0]["properties"]["reproduced"]["times"], times)
            self.assertIn(words, told[0]["message"]["text"])
        self.assertIn("1 came up every time, 1 sometimes, 0 never", summary.read_text())

    def test_kept_promises_are_left_alone_at_home(self) -> None:
        log = self.folder / "log"
        self.build.enrol(scenario(), {"racy.tsan": {"log": str(log)}})
        for words, runs in ((("--junit", str(self.folder / "race.xml")), 11), ((), 1),
                            (("--sarif", str(self.folder / "race.sarif"), "--reproduce", "broken"),
                             1)):
            log.unlink(missing_ok=True)
            self.build.racekit("run", "--all", "--detector", "tsan", *words)
            self.assertEqual(len(re.findall("--variant racy", log.read_text())), runs, words)

    def test_the_time_for_a_finding_is_limited(self) -> None:
        """A try that it cuts off counts neither as one that found nothing nor as one that did."""
        self.build.enrol(scenario(), {"racy.tsan": {"slow_again": str(self.folder / "ran")}})
        ran = self.build.racekit("run", "lost_update", "--detector", "tsan", "--variant", "racy",
                                 "--reproduce", "3", "--reproduce-seconds", "0.5")
        self.assertIn("racy, tsan: no try with the same schedule ended in time",
                      " ".join(ran.stdout.split()))
        verdict = json.loads((self.build.folder / "verdicts"
                              / "lock.lost_update.racy.tsan.json").read_text())
        self.assertEqual((verdict["reproduced"]["of"], verdict["reproduced"]["wanted"]), (0, 3))
        for word in ("often", "-1"):
            self.assert_refused(self.build.racekit("run", "--all", f"--reproduce={word}"), 2,
                                "--reproduce")

    def test_of_many_findings_those_that_came_up_each_time_are_counted(self) -> None:
        def result(name: str, times: int, tries: int) -> Result:
            about = SimpleNamespace(id=f"lock/{name}")
            told = {"times": times, "of": tries, "wanted": 10, "by": "seed", "seconds": 1}
            return Result(Run(about, "racy", "tsan"), {"reproduced": told})

        results = [result(f"number_{number}", tries, tries) for number, tries in
                   enumerate((10, 10, 10, 10, 10, 10, 4))]
        results += [result("rare", 3, 10), result("never", 0, 10), result("endless", 0, 0)]
        counts, rare = reproducing.lines(results)
        self.assertEqual(counts, "reproduced: 10 findings of real threads and processes, looked "
                                 "for again up to 10 times each: 7 came up every time, 1 "
                                 "sometimes, 1 never, of 1 no try ended in time; 1 with fewer "
                                 "tries, for the time was over")
        self.assertEqual(rare, "not every time: lock/rare racy, tsan 3 of 10; lock/never racy, "
                               "tsan 0 of 10; lock/endless racy, tsan 0 of 0")
        self.assertEqual(len(reproducing.lines(results[-8:])), 8)

    def test_what_does_not_come_up_again_is_not_counted(self) -> None:
        self.build.enrol(scenario(), {"racy.tsan": {"alternates": str(self.folder / "calls")}})
        ran = self.build.racekit("run", "lost_update", "--detector", "tsan", "--variant", "racy",
                                 "--reproduce", "4")
        self.assertIn("racy, tsan: reproduced 2 of 4 with the same schedule", ran.stdout)

    def test_the_model_is_exact_as_it_is(self) -> None:
        self.enrol()
        ran = self.build.racekit("run", "lost_update", "--detector", "model", "--reproduce", "3")
        self.assertNotIn("reproduced", ran.stdout)

    def test_artefacts_repeat_the_finding(self) -> None:
        self.enrol()
        folder = self.folder / "artefacts"
        self.run_all("--artefacts", str(folder))
        mine = folder / "queue.torn_item.fixed.stress"
        self.assertEqual({one.name for one in mine.iterdir()},
                         {"verdict.json", "trace.txt", "seed.txt", "schedule.txt", "program.txt",
                          "repeat.sh"})
        self.assertEqual((mine / "seed.txt").read_text(), "1\n")
        self.assertRegex((mine / "program.txt").read_text(), r"^sha256:[0-9a-f]{64}$")
        self.assertIn("queue/torn_item fixed stress spoke", (mine / "trace.txt").read_text())
        self.assertFalse((folder / "queue.torn_item.fixed.model").exists())  # found nothing
        environment = os.environ | {"RACEKIT_BUILD": str(self.build.folder)}
        ran = subprocess.run([mine / "repeat.sh"], cwd=TOP, env=environment, capture_output=True,
                             text=True, check=False)
        self.assertEqual(ran.returncode, 1, ran.stderr)
        self.assertIn("queue/torn_item fixed stress spoke", ran.stdout)
        ran = subprocess.run([folder / "lock.lost_update.racy.model" / "repeat.sh"], cwd=TOP,
                             env=environment, capture_output=True, text=True, check=False)
        self.assertEqual(ran.returncode, 0, ran.stderr)
        self.assertIn("lock/lost_update racy model spoke", ran.stdout)

    def test_where_files_cannot_be_written(self) -> None:
        self.enrol()
        self.assert_refused(self.build.racekit("run", "--all", "--artefacts", SOURCE), 2,
                            "--artefacts", "folder")
        self.assert_refused(self.build.racekit("run", "--all", "--sarif", "-"), 2, "file name")
        ran = self.build.racekit("run", "--all", "--reproduce", "0", "--sarif", "/dev/full")
        self.assertEqual(ran.returncode, 70)
        self.assertIn("cannot write the SARIF file /dev/full", ran.stderr)


def workflow_steps(text: str) -> dict[str, str]:
    """Name -> the command of each `run` step. The file keeps to one shape."""
    found: dict[str, str] = {}
    name = ""
    lines = text.splitlines()
    for at, line in enumerate(lines):
        begins = re.match(r" +- name: (.+)$", line)
        if begins:
            name = begins[1]
        runs = re.match(r"( +)(?:- )?run: (.+)$", line)
        if runs:
            command = runs[2]
            if command == ">-":
                deeper = len(runs[1]) + 1
                rest = []
                for more in lines[at + 1:]:
                    if len(more) - len(more.lstrip()) < deeper:
                        break
                    rest.append(more.strip())
                command = " ".join(rest)
            found[name] = command
    return found


class Workflow(unittest.TestCase):
    def setUp(self) -> None:
        self.text = WORKFLOW.read_text()
        self.steps = workflow_steps(self.text)

    def test_steps_call_the_two_commands_and_racekit_alone(self) -> None:
        self.assertGreaterEqual(len(self.steps), 3)
        for name, command in self.steps.items():
            with self.subTest(name):
                self.assertRegex(command, r"^(\./scripts/(race|test)|scripts/(setup|racekit))( |$)")
                self.assertNotRegex(command, r"[;&|`\n]|\$\(")

    def test_every_job_has_a_limit(self) -> None:
        jobs = re.split(r"(?m)^  (?=\w[\w-]*:$)", self.text.split("\njobs:\n")[1])
        for job in jobs[1:] if not jobs[0].strip() else jobs:
            with self.subTest(job.splitlines()[0]):
                self.assertIn("timeout-minutes:", job)

    def test_a_container_lets_thread_sanitizer_fix_its_addresses(self) -> None:
        jobs = self.text.count("runs-on:")
        self.assertEqual(self.text.count("image: debian:12\n      options: --security-opt "
                                         "seccomp=unconfined"), jobs)

    def test_the_catalogue_is_run_once_and_leaves_what_is_uploaded(self) -> None:
        with tempfile.TemporaryDirectory() as place:
            tree = Path(place)
            summary = tree / "summary.md"
            self.run_step("./scripts/race", tree, GITHUB_ACTIONS="true",
                          GITHUB_STEP_SUMMARY=str(summary))
            self.assertIn("of 6 runs", summary.read_text())
            for file in ("race.xml", "race.sarif", "artefacts"):
                self.assertTrue((tree / "build" / file).exists(), file)
                self.assertIn(f"build/{file}", self.text)

    def test_each_step_runs_by_its_name(self) -> None:
        """Over copies of the scripts and a build that only plays at being one."""
        for name, command in self.steps.items():
            with self.subTest(name), tempfile.TemporaryDirectory() as place:
                self.run_step(command, Path(place))

    def run_step(self, command: str, tree: Path, **more: str) -> None:
        shutil.copytree(TOP / "scripts", tree / "scripts")
        (tree / "CMakeLists.txt").write_text("")
        build = FakeBuild(tree / "build")
        build.enrol(scenario())
        tools = tree / "tools"
        tools.mkdir()
        log = tree / "asked"
        for tool in ("cmake", "ctest"):
            (tools / tool).write_text(f"#!/bin/sh\necho {tool} \"$@\" >>{log}\n")
            (tools / tool).chmod(0o755)
        environment = os.environ | {"PATH": f"{tools}:{os.environ['PATH']}",
                                    "RACEKIT_NO_SETUP": "1", "GITHUB_STEP_SUMMARY": "", **more}
        for variable in ("RACEKIT_BUILD",):
            environment.pop(variable, None)
        command = re.sub(r"\$\{\{ matrix\.shard \}\}", "1", command)
        self.assertNotIn("${{", command)
        if command.startswith("scripts/setup"):
            return  # tested by SetUp in cli_test.py
        ran = subprocess.run(["bash", "-c", command], cwd=tree, env=environment,
                             capture_output=True, text=True, check=False)
        self.assertEqual(ran.returncode, 0, f"{command}\n{ran.stdout}{ran.stderr}")
        if command.startswith("./scripts/"):
            self.assertIn("cmake --preset", log.read_text())


class Recipe(unittest.TestCase):
    def test_the_container_installs_by_the_list_of_packages(self) -> None:
        text = (TOP / ".ci" / "Containerfile").read_text()
        self.assertRegex(text, r"(?m)^FROM debian:12")
        self.assertIn("scripts/setup", text)
        self.assertNotIn("apt-get install", text)
        copied = re.findall(r"(?m)^COPY (.+) \S+$", text)
        for source in " ".join(copied).split():
            self.assertTrue((TOP / source).exists(), source)


if __name__ == "__main__":
    unittest.main()
