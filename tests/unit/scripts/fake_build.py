# SPDX-License-Identifier: MIT
"""A build folder with programs that only play at being scenario programs, and tests over one."""
from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path
from typing import Any

TOP = Path(__file__).resolve().parents[3]
RACEKIT = TOP / "scripts" / "racekit"

# What a program does is given by a table: (variant, detector) -> what to write and how to end.
_program = '''#!/usr/bin/python3
import json, os, signal, sys, time
catalogue = json.loads({catalogue!r})
acts = json.loads({acts!r})
words = [word for word in sys.argv[1:] if word not in ("--quiet", "--show", "--exact")]
options = dict(zip(words[::2], words[1::2]))
if sys.argv[1:] == ["--list"]:
    if acts.get("list") == "dies":
        print("FATAL: ThreadSanitizer: unexpected memory mapping 0x7f", file=sys.stderr)
        sys.exit(66)
    print(json.dumps(catalogue))
    sys.exit(0)
if sys.argv[1:] == ["--kinds"]:
    print(json.dumps([{{"kind": "data race", "meaning": "two accesses"}}]))
    sys.exit(0)
variant, detector = options["--variant"], options["--detector"]
act = acts.get(variant + "." + detector, {{}})
if "usage" in act:
    print("racekit: " + act["usage"], file=sys.stderr)
    sys.exit(2)
if "signal" in act:
    os.kill(os.getpid(), act["signal"])
if "sleep" in act:
    if os.fork() == 0:
        with open(act["child"], "w") as file:
            file.write(str(os.getpid()))
        time.sleep(act["sleep"])
    time.sleep(act["sleep"])
if "silent" in act:
    sys.exit(act["silent"])
word = act.get("verdict", "kept")
found = act.get("found", "data race" if variant == "racy" else None)
verdict = {{
    "schema_version": 1, "scenario": catalogue[0]["id"], "variant": variant,
    "detector": detector,
    "promise": catalogue[0]["promises"][detector] if variant == "racy" else {{"sight": "clean"}},
    "verdict": word, "why": act.get("why", "because"),
    "warnings": [{{"kind": kind, "text": "here"}} for kind in act.get("warns", [])],
    "exit_code": {{"kept": 0, "broken": 1, "inconclusive": 3, "hang": 4, "failed": 70}}[word],
    "saw": "found" if found else "clean",
    "reach": {{"words": "exhausted 1,204", "how": "exhausted", "count": 1204,
               "unit": "executions", "bounds": ""}},
    "mode": "", "seed": int(options.get("--seed", 1)), "seconds": 0.25,
    "file": catalogue[0]["files"][0], "outcomes": act.get("outcomes", []),
    "finding": {{"kind": found, "subject": "", "consequence": "", "found_in": 1003,
                 "schedule": "0.1", "places": [], "steps": [], "threads": 2, "switches": 1,
                 "fewest": True, **act.get("finding", {{}})}} if found else None,
}}
if "only_seed" in act and verdict["seed"] != act["only_seed"]:
    verdict.update(verdict="kept", exit_code=0, finding=None, why="another seed")
if "--show" in sys.argv and "shown" in act:
    verdict["finding"] = act["shown"]
if options.get("--mode") == "graph":
    verdict["graph"] = act.get("graph")
if "alternates" in act:
    with open(act["alternates"], "a+") as file:
        file.seek(0)
        if len(file.read()) % 2:
            verdict["finding"] = None
        file.write("x")
if "slow_again" in act:
    if os.path.exists(act["slow_again"]):
        time.sleep(60)
    open(act["slow_again"], "w").close()
if "log" in act:
    with open(act["log"], "a") as file:
        file.write(" ".join(sys.argv[1:]) + "\\n")
with open(options.get("--json", os.devnull), "w") as file:
    json.dump(verdict, file)
print(catalogue[0]["id"], variant, detector, "spoke")
if "command" in act:
    print("command", os.environ["RACEKIT_COMMAND"])
if "schedule" in act:
    print("schedule", options["--schedule"])
sys.exit(act.get("exit", verdict["exit_code"]))
'''


def scenario(name: str = "lock/lost_update", cast: str = "threads",
             **promises: dict[str, str]) -> dict[str, Any]:
    absent = "process" if cast == "threads" else "stress"
    said: dict[str, dict[str, str]] = {
        one: {"sight": "finds", "kind": "data race"} for one in ("stress", "tsan", "model",
                                                                 "process")}
    said[absent] = {"sight": "absent", "why": f"run by {cast}"}
    said.update(promises)
    family, short = name.split("/")
    return {"id": name, "family": family, "name": short, "title": f"About {short}",
            "bug_class": "data race", "cwe": 366, "promises": said, "blind_why": "",
            "reference": "", "cast": cast, "threads": 2,
            "files": [f"{TOP}/scenarios/{name}.cpp"]}


class FakeBuild:
    def __init__(self, folder: Path, tsan_missing: str = "", flags: str = "-O2",
                 build_type: str = "RelWithDebInfo") -> None:
        self.folder = folder
        self._programs: list[dict[str, str]] = []
        self._told = {"schema_version": 1, "source": str(TOP), "compiler": "/usr/bin/clang++-19",
                      "compiler_version": "Clang 19.1.7", "build_type": build_type,
                      "flags": flags, "relacy": "/usr/include", "tsan_missing": tsan_missing,
                      "detectors": [{"name": name, "flavour": flavour} for name, flavour in (
                          ("stress", "native"), ("process", "native"), ("tsan", "tsan"),
                          ("model", "model"))]}
        (folder / "bin").mkdir(parents=True)
        self._save()

    def _save(self) -> None:
        (self.folder / "racekit.json").write_text(json.dumps(
            dict(self._told, programs=self._programs)))

    def enrol(self, what: dict[str, Any], acts: dict[str, Any] | None = None,
              unbuilt: tuple[str, ...] = (), source: Path | None = None) -> None:
        for flavour in ("native", "tsan", "model"):
            path = self.folder / "bin" / f"{what['family']}.{what['name']}.{flavour}"
            self._programs.append({"scenario": what["id"], "flavour": flavour,
                                   "path": str(path), "source": str(source or "")})
            if flavour not in unbuilt:
                mine = dict(acts or {})
                if flavour != "tsan":
                    mine.pop("list", None)
                path.write_text(_program.format(catalogue=json.dumps([what]),
                                                acts=json.dumps(mine)))
                path.chmod(path.stat().st_mode | stat.S_IXUSR)
        self._save()

    def racekit(self, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
        clean = {name: value for name, value in os.environ.items()
                 if name not in ("NO_COLOR", "CLICOLOR_FORCE", "RACEKIT_BUILD")}
        return subprocess.run([sys.executable, RACEKIT, "--build", self.folder, *arguments],
                              capture_output=True, text=True, check=False,
                              env=clean | environment)


class BuildTest(unittest.TestCase):
    """Has a folder of its own with a build in it."""

    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        self.build = FakeBuild(self.folder / "build")

    def assert_refused(self, ran: subprocess.CompletedProcess[str], code: int,
                       *words: str) -> None:
        """It ended with the code, and told why in one line that has the words."""
        self.assertEqual(ran.returncode, code, ran.stdout + ran.stderr)
        lines = ran.stderr.strip().splitlines()
        self.assertEqual(len(lines), 1, ran.stderr)
        for word in words:
            self.assertIn(word, lines[0])
