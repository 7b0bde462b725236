# SPDX-License-Identifier: MIT
"""racekit-server as a person uses it: served, called, refused, drained."""
from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

PROGRAM = Path(sys.argv.pop(1)).resolve()
LIMIT = 60


class Program(unittest.TestCase):
    def setUp(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="racekit."))
        self.address = f"unix:{self.folder}/s"
        self.servers: list[subprocess.Popen[str]] = []

    def tearDown(self) -> None:
        for server in self.servers:
            server.kill()
            server.communicate()
        for file in self.folder.iterdir():
            file.unlink()
        self.folder.rmdir()

    def serve(self, *words: str) -> subprocess.Popen[str]:
        """A server that listens; its log so far is in `lines`."""
        server = subprocess.Popen(
            [PROGRAM, "serve", "--listen", self.address, *words], stderr=subprocess.PIPE, text=True)
        self.servers.append(server)
        self.lines: list[str] = []
        wanted = 1 + words.count("--listen") + words.count("--metrics")
        while sum("listening" in line for line in self.lines) < wanted:
            line = server.stderr.readline()
            self.assertTrue(line, "the server ended: " + "".join(self.lines))
            self.lines.append(line)
        return server

    def run_client(self, *words: str, at: str = "") -> subprocess.CompletedProcess[str]:
        return subprocess.run([PROGRAM, *words, "--at", at or self.address], text=True,
                              capture_output=True, timeout=LIMIT, check=False)

    def says(self, *words: str) -> str:
        done = self.run_client(*words)
        self.assertEqual((done.returncode, done.stderr), (0, ""), words)
        return done.stdout.strip()

    def test_a_counter(self) -> None:
        server = self.serve("--object", "value:counter:40")
        self.assertEqual(self.says("call", "counter.add", "2"), "40")
        self.assertEqual(self.says("call", "counter.get"), "42")
        self.assertEqual(self.says("create", "list", "jobs", "[1, \"two\"]"), 'object 2 "list"')
        self.assertEqual(self.says("call", "jobs.append", "{\"three\": 3.5}"), "")
        self.assertEqual(self.says("call", "jobs.snapshot"), '[1, "two", {"three": 3.5}]')
        self.assertEqual(self.says("names"), '["counter", "jobs"]')
        self.assertIn('"objects": 2', self.says("metrics"))
        self.assertEqual(self.says("remove", "jobs"), "")
        self.assertEqual(self.says("drain"), "")
        self.assertEqual(server.wait(LIMIT), 0)
        self.assertFalse((self.folder / "s").exists(), "it removes its socket")

    def test_wrong_use_is_two_and_names_the_word(self) -> None:
        for words, hint in (((), "a command is missing"), (("dance",), "dance"),
                            (("serve", "--nothing"), "--nothing"),
                            (("call", "counter"), "NAME.OPERATION"),
                            (("call", "n.dance"), "dance"),
                            (("serve", "--object", "thing:x"), "thing:x"),
                            (("serve", "--listen", "tcp:here"), "tcp:host:port"),
                            (("serve", "--listen", "tcp:127.0.0.1:0"), "needs a key")):
            done = subprocess.run([PROGRAM, *words], text=True, capture_output=True, timeout=LIMIT,
                                  check=False)
            with self.subTest(words):
                self.assertEqual(done.returncode, 2)
                self.assertIn(hint, done.stderr)

    def test_no_server_is_three_and_a_refused_call_one(self) -> None:
        self.assertEqual(self.run_client("ping").returncode, 3)
        self.serve("--object", "value:n:1")
        self.assertEqual(self.run_client("call", "missing.get").returncode, 1)
        refused = self.run_client("call", "n.add", "text")
        self.assertEqual(refused.returncode, 1)
        self.assertIn("an argument has a wrong type", refused.stderr)

    def test_keys(self) -> None:
        key = self.folder / "key"
        key.write_text("k" * 40)
        key.chmod(0o644)
        self.assertIn("chmod 600", self.run_client("ping", "--key-file", str(key)).stderr)
        key.chmod(0o600)
        self.serve("--key-file", str(key), "--listen", "tcp:127.0.0.1:0", "--object", "value:n:1")
        tcp = self.lines[-1].split("listening at ")[1].strip()
        done = self.run_client("call", "n.get", "--key-file", str(key), at=tcp)
        self.assertEqual(done.stdout.strip(), "1")
        self.assertEqual(self.run_client("ping", at=tcp).returncode, 3)
        key.write_text("short")
        self.assertIn("at least 32 bytes", self.run_client("ping", "--key-file", str(key)).stderr)

    def test_a_journal_and_a_second_server(self) -> None:
        journal = str(self.folder / "journal")
        first = self.serve("--journal", journal, "--object", "value:n:0")
        self.assertEqual(self.says("call", "n.add", "5"), "0")
        second = subprocess.run([PROGRAM, "serve", "--listen", self.address], text=True,
                                capture_output=True, timeout=LIMIT, check=False)
        self.assertEqual(second.returncode, 3)
        self.assertIn("in use by another server", second.stderr)
        first.kill()
        first.wait(LIMIT)
        self.serve("--journal", journal, "--object", "value:n:0")
        self.assertEqual(self.says("call", "n.get"), "5")

    def test_metrics_page_and_signals(self) -> None:
        server = self.serve("--metrics", "0")
        host, port = self.lines[-1].rsplit("tcp:", 1)[1].strip().split(":")
        with socket.create_connection((host, int(port)), LIMIT) as page:
            page.sendall(b"GET /metrics HTTP/1.0\r\n\r\n")
            text = b""
            while part := page.recv(4096):
                text += part
        self.assertIn(b"racekit_clients 0\n", text)
        server.send_signal(signal.SIGTERM)
        self.assertEqual(server.wait(LIMIT), 0)

    def test_socket_activation_and_readiness(self) -> None:
        listening = socket.socket(socket.AF_UNIX)
        listening.bind(str(self.folder / "s"))
        listening.listen()
        ready = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        ready.bind(str(self.folder / "ready"))
        ready.settimeout(LIMIT)
        self.addCleanup(ready.close)
        self.addCleanup(listening.close)
        child = os.fork()
        if child == 0:
            os.dup2(listening.fileno(), 3)
            os.set_inheritable(3, True)
            os.environ |= {"LISTEN_PID": str(os.getpid()), "LISTEN_FDS": "1",
                           "NOTIFY_SOCKET": str(self.folder / "ready")}
            os.execv(PROGRAM, [str(PROGRAM), "serve", "--quiet", "--object", "value:n:3"])
        self.assertEqual(ready.recv(64), b"READY=1")
        self.assertEqual(self.says("call", "n.get"), "3")
        os.kill(child, signal.SIGTERM)
        self.assertEqual(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), 0)


if __name__ == "__main__":
    unittest.main()
