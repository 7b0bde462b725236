# SPDX-License-Identifier: MIT
"""racekit bench --models: each way of running work does the whole work, and the words follow from
the figures."""
from __future__ import annotations

import http.server
import json
import os
import subprocess
import sys
import tempfile
import threading
import time
import unittest
from argparse import Namespace
from pathlib import Path
from unittest import mock

from fake_build import TOP

sys.path.insert(0, str(TOP / "scripts"))

from racekit_cli import (http_server, known_figures, models, models_command,  # noqa: E402
                         models_table, timelines)
from racekit_cli.outcome import Problem  # noqa: E402
from racekit_cli.terminal import plain  # noqa: E402

BUILD = Path(os.environ.get("RACEKIT_BUILD", TOP / "build"))
PROGRAM = BUILD / "bin" / models.PROGRAM
PYTHON = [sys.executable, str(TOP / "scripts" / "racekit_cli" / "models_python.py")]
OPTIONS = models.Options(jobs=6, seconds=1, delay_ms=50, rounds=5)


class _Bodies(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        if self.path == "/absent":
            self.send_error(404)
            return
        body = b"y" * int(self.path.removeprefix("/"))
        self.send_response(200)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


def ended(command: list[str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=300)


@unittest.skipUnless(PROGRAM.is_file(), "execution_models is not built: libasio-dev is missing")
class Programs(unittest.TestCase):
    sides = {"C++": [str(PROGRAM)], "Python": PYTHON}

    def test_each_way_computes(self) -> None:
        for side, program in self.sides.items():
            for model in json.loads(ended([*program, "--list"]).stdout)["cpu"]:
                with self.subTest(side, model=model):
                    run = ended([*program, "--work", "cpu", "--model", model, "--jobs", "3",
                                 "--seconds", "0.1"])
                    self.assertEqual(run.returncode, 0, run.stderr)
                    got = json.loads(run.stdout)
                    self.assertGreater(got["operations"], 0)
                    self.assertGreaterEqual(got["wall"], 0.1)
                    self.assertGreater(got["cpu"], 0)
                    if got["workers"]:
                        self.assertEqual(sum(got["workers"]), got["operations"])

    def drawn(self, *words: str) -> timelines.Timeline:
        run = ended([str(PROGRAM), *words, "--jobs", "3", "--timeline", "yes", "--processors",
                     "1"])
        self.assertEqual(run.returncode, 0, run.stderr)
        told = json.loads(run.stdout)
        ran = sum(end - begin for _, state, _, begin, end in told["timeline"]["spans"]
                  if state == "runs")
        self.assertLessEqual(ran, told["cpu"] + 0.005)
        for lane in range(told["timeline"]["lanes"]):
            mine = sorted(span[3:] for span in told["timeline"]["spans"] if span[0] == lane)
            for (_, end), (begin, _) in zip(mine, mine[1:]):
                self.assertLessEqual(end, begin + 1e-9)
        return timelines.timeline_of(words[1], words[3], 1, told["timeline"], 72)

    def test_each_way_is_drawn(self) -> None:
        for model in json.loads(ended([str(PROGRAM), "--list"]).stdout)["cpu"]:
            with self.subTest(model):
                told = self.drawn("--work", "cpu", "--model", model, "--seconds", "0.2")
                workers = 1 if model == "sequential" else 3
                self.assertEqual(len(told.lanes), workers)
                if model != "oneTBB":  # whose threads may begin a task when another one ends
                    self.assertEqual(told.in_progress, workers)
                self.assertEqual((told.at_once, told.lost), (1, 0))
                self.assertLessEqual(told.average, 1.02)

    def test_each_request_is_drawn(self) -> None:
        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Bodies)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        self.addCleanup(server.shutdown)
        for model in json.loads(ended([str(PROGRAM), "--list"]).stdout)["io"]:
            with self.subTest(model):
                told = self.drawn("--work", "io", "--model", model, "--port",
                                  str(server.server_port), *["/70000"] * 5)
                self.assertEqual(len(told.lanes), 5)
                if model == "sequential":
                    self.assertEqual(told.in_progress, 1)

    def test_each_way_fetches_every_byte(self) -> None:
        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Bodies)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        self.addCleanup(server.shutdown)
        sizes = [0, 1, 4096, 1_000_000, 70_000]
        for side, program in self.sides.items():
            for model in json.loads(ended([*program, "--list"]).stdout)["io"]:
                with self.subTest(side, model=model):
                    start = [*program, "--work", "io", "--model", model, "--jobs", "2", "--port",
                             str(server.server_port)]
                    run = ended([*start, *(f"/{size}" for size in sizes)])
                    self.assertEqual(run.returncode, 0, run.stderr)
                    got = json.loads(run.stdout)
                    self.assertEqual((got["bytes"], got["operations"]), (sum(sizes), len(sizes)))
                    if side == "C++":
                        failed = ended([*start, "/1", "/absent"])
                        self.assertEqual(failed.returncode, 1, failed.stdout)
                        self.assertIn("404", failed.stderr)

    def test_switches(self) -> None:
        for model in ("threads", "processes", "coroutines"):
            run = ended([str(PROGRAM), "--work", "switch", "--model", model])
            self.assertEqual(json.loads(run.stdout)["operations"], 40_000)

    def test_wrong_words(self) -> None:
        for words, said in ((["--work", "cpu", "--model", "by magic"], "by magic"),
                            (["--work", "play"], "--work is cpu, io or switch"),
                            (["--jobs", "many"], "--jobs: 'many'"), (["--jobs"], "missing"),
                            (["--work", "io", "--model", "sequential"], "--port")):
            with self.subTest(words):
                run = ended([str(PROGRAM), *words])
                self.assertEqual(run.returncode, 2)
                self.assertIn(said, run.stderr)

    def test_a_server_that_is_not_there(self) -> None:
        run = ended([str(PROGRAM), "--work", "io", "--model", "sequential", "--port", "1", "/x"])
        self.assertEqual(run.returncode, 1)
        self.assertIn("Connection refused", run.stderr)


class Nginx(unittest.TestCase):
    def test_without_it_the_reason(self) -> None:
        with tempfile.TemporaryDirectory() as folder, \
                mock.patch.object(http_server.shutil, "which", return_value=None), \
                http_server.nginx(Path(folder), 50) as there:
            self.assertEqual(there, "no nginx: apt-get install nginx-light")

    def test_one_that_does_not_start(self) -> None:
        with tempfile.TemporaryDirectory() as folder, \
                mock.patch.object(http_server.shutil, "which", return_value="/bin/false"), \
                http_server.nginx(Path(folder), 50) as there:
            self.assertIn("nginx does not answer", str(there))

    def test_the_server_waits_as_asked(self) -> None:
        with tempfile.TemporaryDirectory() as folder, http_server.nginx(Path(folder), 300) as there:
            if isinstance(there, str):
                self.skipTest(there)
            self.assertEqual({len(paths) for paths in there.regimes.values()}, {9})
            began = time.monotonic()
            run = ended([*PYTHON, "--work", "io", "--model", "sequential", "--port",
                         str(there.port), "/waited"])
            self.assertEqual(json.loads(run.stdout)["bytes"], 64 << 10)
            self.assertGreater(time.monotonic() - began, 0.25)


class Timelines(unittest.TestCase):
    def test_what_went_on_at_once(self) -> None:
        spans = [(0, "runs", 0, 0.0, 0.010), (1, "runs", 1, 0.0095, 0.020),  # 0.5 ms together
                 (2, "waits", 0, 0.0, 0.020)]
        self.assertEqual((timelines.most_in_progress(spans), timelines.most_at_once(spans)), (3, 1))
        spans[1] = (1, "runs", 1, 0.008, 0.020)
        self.assertEqual(timelines.most_at_once(spans), 2)
        spans[1] = (1, "runs", 0, 0.008, 0.020)  # one processor runs one at a time
        self.assertEqual(timelines.most_at_once(spans), 1)
        one_by_one = [(0, "runs", 0, 0.0, 0.01), (1, "runs", 0, 0.01, 0.02)]
        self.assertEqual(timelines.most_in_progress(one_by_one), 1)
        self.assertEqual(timelines.most_at_once([(0, "waits", 0, 0.0, 1.0)]), 0)

    def test_lanes(self) -> None:
        spans = [(0, "runs", 11, 0.0, 0.2), (0, "ready", 11, 0.2, 0.4), (0, "waits", 0, 0.4, 0.6),
                 (0, "runs", 0, 0.6, 0.62), (1, "runs", 1, 0.7, 1.0)]
        self.assertEqual(timelines.lanes_of(spans, 10), ["bb--..+   ", "       111"])

    def test_the_words_above_the_lanes(self) -> None:
        told = {"lanes": 1, "lost": 3, "spans": [[0, "runs", 0, 1.0, 1.5], [0, "waits", 0, 1.5, 2]]}
        drawn = timelines.timeline_of("cpu", "processes", 1, told, 4)
        self.assertEqual(drawn.head(), "processes, on one processor: 1 in progress, 1 running at "
                                       "once (0.50 on average), 1000 ms; 3 spans were not recorded")
        text = models_command._drawings([drawn], plain())
        self.assertIn("CPU-bound work: operations\n\nprocesses, on one", text)
        self.assertIn("  1 |00..|\n", text)


def runs(*rates: float, operations: int = 1000, **more: float) -> list[models.Run]:
    base = {"cpu": 1.0, "ready": 0.0, "lock_wait": 0.0, "voluntary": 0, "involuntary": 0,
            "workers": (1, 1), "others": 0.0}
    return [models.Run(operations=operations, wall=operations / rate, **{**base, **more})
            for rate in rates]


def subject(work: str, model: str, jobs: int = 6) -> models.Subject:
    return models.Subject(work, model, "C++", jobs)


def all_models(few: float, many: float, pool: float) -> models.Measured:
    steady = (0.98, 0.99, 1.0, 1.01, 1.02)

    def at(rate: float, **more: float) -> list[models.Run]:
        return runs(*(rate * each for each in steady), **more)

    return models.Measured({
        subject("cpu", "sequential"): at(1000),
        subject("cpu", "threads by class"): at(many),
        subject("cpu", "threads by function"): at(many, involuntary=10),
        subject("cpu", "threads by function", 2): at(few),
        subject("cpu", "threads, one generator"): at(800, lock_wait=3.0),
        subject("cpu", "processes"): at(1990), subject("cpu", "process pool"): at(pool),
        subject("copy-bound", "sequential"): at(100),
        subject("copy-bound", "thread for each request"): at(100.5, ready=0.1),
        subject("copy-bound", "process pool, bodies"): at(50),
        subject("switch", "threads"): at(100_000), subject("switch", "processes"): at(90_000),
        subject("switch", "coroutines"): at(9_000_000)}, ["no server"])


class Words(unittest.TestCase):
    def test_what_is_inside_the_noise_is_a_tie(self) -> None:
        rows = models_table.tables(all_models(2000, 2000, 1950), OPTIONS)[
            "I/O-bound, nothing waits"]
        by_name = {row[1]: row[3] for row in rows}
        self.assertTrue(by_name["thread for each request"].startswith("tie 1.0"), by_name)
        self.assertTrue(by_name["process pool, bodies"].startswith("0.5"), by_name)
        self.assertEqual(by_name["sequential"], "-")

    def test_reasons_are_confirmed_or_refuted(self) -> None:
        slow = " ".join(models_table.explanations(all_models(2000, 1500, 1), OPTIONS, 2))
        self.assertIn("'time slices make threads slow': confirmed", slow)
        self.assertIn("'switches make threads slow': refuted", slow)
        level = " ".join(models_table.explanations(all_models(2000, 2000, 1), OPTIONS, 2))
        self.assertIn("'time slices make threads slow': refuted", level)
        self.assertIn("refuted, a thread is ready without a core for 0 %", level)
        self.assertIn("0.8", level.partition("generator")[2])

    def test_what_is_required(self) -> None:
        rows = models_table.required(all_models(2000, 2000, 1700), 2)
        states = {row[0]: row[3] for row in rows}
        self.assertEqual(states["CPU-bound, processes"], "kept")
        self.assertEqual(states["CPU-bound, process pool"], "broken")
        self.assertEqual(states["copy-bound, thread for each request"], "kept")
        self.assertEqual(states["copy-bound, process pool, bodies"], "broken")
        why, = models_table.why_missed(rows)
        self.assertIn("through a socket", why)

    def test_the_page_is_read_again(self) -> None:
        text = models_command._text(all_models(2000, 2000, 1950), OPTIONS, 2, plain())
        with tempfile.TemporaryDirectory() as folder:
            page = Path(folder) / "README.md"
            page.write_text(f"```text\n{text}```\n")
            self.assertEqual(known_figures.published_model("CPU-bound", "sequential", page),
                             "1.00 k/s")
            self.assertRegex(
                known_figures.published_model("I/O-bound, nothing", "process pool, bodies", page),
                r"^[\d.]+ s \(0\.50 x \[.*\] sequential\)$")
            self.assertEqual(known_figures.published_model("I/O-bound, the server", "x", page), "")

    def test_options_have_bounds(self) -> None:
        good = {"jobs": 6, "duration": 1.0, "delay": 50, "repetitions": 5, "sweep": False,
                "timeline": False}
        self.assertEqual(models_command._options(Namespace(**good)).jobs, 6)
        for drawn, seconds in ((False, 1.0), (True, 0.1)):
            asked = Namespace(**{**good, "duration": None, "timeline": drawn})
            self.assertEqual(models_command._options(asked).seconds, seconds)
        for name, value in (("jobs", 0), ("duration", 0.0), ("delay", 0), ("jobs", 1000)):
            with self.subTest(name), self.assertRaises(Problem) as wrong:
                models_command._options(Namespace(**{**good, name: value}))
            self.assertIn(f"--{name}", str(wrong.exception))


if __name__ == "__main__":
    unittest.main()
