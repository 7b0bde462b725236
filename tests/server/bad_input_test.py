# SPDX-License-Identifier: MIT
"""Bad input for racekit-server: each has one clear error on the side that can act, and the other
clients are served on. Raw clients speak the bytes that primitives/racekit/server documents."""
from __future__ import annotations

import os
import resource
import socket
import struct
import subprocess
import sys
import tempfile
import threading
import time
import unittest
from pathlib import Path

PROGRAM = Path(sys.argv.pop(1)).resolve()
LIMIT = 60
ADD, GET, APPEND, SET = 14, 12, 21, 13


def pack(value: object) -> bytes:
    """A value in the format of MessagePack; bytes are already packed."""
    if isinstance(value, bytes):
        return value
    if isinstance(value, bool):
        return b"\xc3" if value else b"\xc2"
    if isinstance(value, int):
        return bytes([value & 0xff]) if -32 <= value < 128 else b"\xd3" + struct.pack(">q", value)
    if isinstance(value, str):
        return b"\xdb" + struct.pack(">I", len(value)) + value.encode()
    assert isinstance(value, list)
    return b"\xdd" + struct.pack(">I", len(value)) + b"".join(map(pack, value))


def integers(message: bytes) -> list[int]:
    """The integers that an array begins with."""
    found, at = [], 1
    while at < len(message):
        tag = message[at]
        size = {0xcc: 1, 0xcd: 2, 0xce: 4, 0xcf: 8}.get(tag, 0)
        if tag >= 0x80 and size == 0:
            break
        found.append(int.from_bytes(message[at + 1:at + 1 + size], "big") if size else tag)
        at += 1 + size
    return found


def frame(message: bytes) -> bytes:
    return struct.pack("<I", len(message)) + message


def hello(version: int = 1, name: str = "racekit") -> bytes:
    return pack([name, version, b"\xc4\x20" + bytes(32), b"\xc4\x10" + os.urandom(16), False])


class Raw:
    """A client that sends any bytes."""

    def __init__(self, path: str) -> None:
        self.end = socket.socket(socket.AF_UNIX)
        self.end.settimeout(LIMIT)
        self.end.connect(path)

    def take(self, size: int) -> bytes:
        got = b""
        while len(got) < size:
            part = self.end.recv(size - len(got))
            if not part:
                raise EOFError
            got += part
        return got

    def receive(self) -> bytes:
        return self.take(struct.unpack("<I", self.take(4))[0])

    def greet(self) -> Raw:
        self.end.sendall(frame(hello()))
        self.receive()
        self.end.sendall(frame(b"\xc4\x00"))
        self.receive()
        return self

    def error(self, message: bytes) -> int | str:
        """The number of the error in the reply, [sequence, error, ...], or 'closed'."""
        try:
            self.end.sendall(message)
        except ConnectionError:
            pass  # it closed before it had read all
        try:
            return integers(self.receive())[1]
        except (EOFError, ConnectionError):
            return "closed"

    def is_closed(self) -> bool:
        try:
            return self.end.recv(1) == b""
        except ConnectionError:
            return True


def request(*parts: object) -> bytes:
    return frame(pack(list(parts)))


class BadInput(unittest.TestCase):
    def setUp(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="racekit."))
        self.path = f"{self.folder}/s"
        self.servers: list[subprocess.Popen[str]] = []
        self.log: list[str] = []

    def tearDown(self) -> None:
        for server in self.servers:
            server.kill()
            server.wait()
            server.stderr.close()
        for file in self.folder.iterdir():
            file.unlink()
        self.folder.rmdir()

    def serve(self, *words: str, limit: tuple[int, int] | None = None) -> subprocess.Popen[str]:
        server = subprocess.Popen(
            [PROGRAM, "serve", "--listen", f"unix:{self.path}", "--object", "value:n:0", *words],
            stderr=subprocess.PIPE, text=True,
            preexec_fn=(lambda: resource.setrlimit(limit[0], (limit[1], limit[1]))) if limit
            else None)
        self.servers.append(server)
        while not any("listening" in line for line in self.log):
            line = server.stderr.readline()
            self.assertTrue(line, "the server ended: " + "".join(self.log))
            self.log.append(line)
        threading.Thread(target=lambda: self.log.extend(server.stderr), daemon=True).start()
        return server

    def refused(self, *words: str) -> tuple[int, str]:
        """How a program ends at once: its code and its one line."""
        done = subprocess.run([PROGRAM, *words], text=True, capture_output=True, timeout=LIMIT,
                              check=False)
        self.assertEqual(done.stderr.count("\n"), 1, done.stderr)
        return done.returncode, done.stderr

    def assert_logged(self, words: str) -> None:
        limit = time.monotonic() + LIMIT
        while not any(words in line for line in self.log):
            self.assertLess(time.monotonic(), limit, f"{words!r} is not in {self.log}")
            time.sleep(0.01)

    def assert_serves(self, client: Raw) -> None:
        """The client that was there before."""
        self.assertEqual(client.error(request(1, GET, 1)), 0)

    def test_of_a_server_that_cannot_start(self) -> None:
        self.serve("--journal", f"{self.folder}/journal")
        other = Raw(self.path).greet()
        file = self.folder / "file"
        file.write_text("what somebody wrote\n")
        short = self.folder / "short"
        empty = self.folder / "empty"
        public = self.folder / "public"
        for name, text, mode in ((short, "short", 0o600), (empty, "", 0o600),
                                 (public, "k" * 40, 0o644)):
            name.write_text(text)
            name.chmod(mode)
        at = f"unix:{self.folder}/t"
        for words, code, says in (
                (("--listen", f"unix:{self.path}"), 3, "in use by another server"),
                (("--listen", f"unix:{file}"), 3, "is no socket"),
                (("--listen", f"unix:{self.folder}/none/s"), 3, "No such file"),
                (("--listen", "unix:/" + "x" * 200), 2, "1 to 107 characters"),
                (("--listen", "tcp:127.0.0.1:0"), 2, "needs a key"),
                (("--listen", at, "--key-file", str(short)), 2, "at least 32 bytes"),
                (("--listen", at, "--key-file", str(empty)), 2, "at least 32 bytes"),
                (("--listen", at, "--key-file", str(public)), 3, "chmod 600"),
                (("--listen", at, "--key-file", f"{self.folder}/none"), 3, "No such file"),
                (("--listen", at, "--journal", f"{self.folder}/journal"), 3,
                 "in use by another server"),
                (("--listen", at, "--journal", str(file)), 3, "no journal"),
                (("--listen", at, "--journal", f"{self.folder}/none/j"), 3, "No such file"),
                (("--listen", at, "--object", "thing:x"), 2, "no type 'thing'"),
                (("--listen", "tpc:127.0.0.1:18"), 2, "unix:PATH or tcp:HOST:PORT"),
                (("--listen", at, "--object", "barrier:b:none"), 2, "barrier")):
            with self.subTest(words):
                got, line = self.refused("serve", *words)
                self.assertEqual(got, code, line)
                self.assertIn(says, line)
        self.assertEqual(file.read_text(), "what somebody wrote\n", "it is left as it was")
        self.assert_serves(other)

    def test_a_stale_path_is_taken_over(self) -> None:
        self.serve().kill()
        self.servers[0].wait()
        self.assertTrue(os.path.exists(self.path))
        self.log.clear()
        self.serve()
        self.assert_serves(Raw(self.path).greet())

    def test_of_a_client_that_cannot_connect(self) -> None:
        key = self.folder / "key"
        wrong = self.folder / "wrong"
        for name, letter in ((key, "k"), (wrong, "w")):
            name.write_text(letter * 40)
            name.chmod(0o600)
        self.serve("--key-file", str(key))
        at = ("--at", f"unix:{self.path}")
        for words, says in (((*at, "--key-file", str(wrong)), "refused"),
                            (at, "refused"),
                            (("--at", f"unix:{self.folder}/none"), "No such file"),
                            (("--at", f"unix:{key}"), "refused")):
            with self.subTest(words):
                code, line = self.refused("call", "n.get", *words)
                self.assertEqual(code, 3, line)
                self.assertIn(says, line)
        self.assert_logged("refused a connection: the other side was refused")

    def test_of_bytes_that_are_no_handshake(self) -> None:
        self.serve()
        other = Raw(self.path).greet()
        for name, message, error, says in (
                ("another version", frame(hello(2)), 20, "speaks another version"),
                ("another protocol", frame(hello(name="another")), 17, "malformed"),
                ("no message", frame(b"GET / HTTP/1.0"), 17, "malformed"),
                ("a huge length", b"\xff\xff\xff\x7f", 18, "too long"),
                ("a long hello", frame(bytes(513)), 18, "too long")):
            with self.subTest(name):
                stranger = Raw(self.path)
                self.assertEqual(stranger.error(message), error)
                self.assertTrue(stranger.is_closed())
                self.assert_logged(says)
                self.assert_serves(other)

    def test_of_requests(self) -> None:
        self.serve("--object", "list:t")
        other = Raw(self.path).greet()
        deep = b"\x91" * 40 + b"\x01"
        wide = b"\xdd" + struct.pack(">I", 70000) + bytes(70000)
        lie = b"\xdd\x7f\xff\xff\xff\x01"
        for name, message, error, closes in (
                ("an unknown type", request(1, SET, 1, b"\xd4\x07\x00"), 17, False),
                ("a number above 63 bits", request(1, SET, 1, b"\xcf" + b"\xff" * 8), 17, False),
                ("too deep", request(1, SET, 1, deep), 16, False),
                ("too many elements", request(1, SET, 1, wide), 16, False),
                ("more elements than bytes", request(1, SET, 1, lie), 17, False),
                ("an unknown operation", request(1, 120, 1), 4, False),
                ("another type's operation", request(1, APPEND, 1, 1), 4, False),
                ("no such object", request(1, GET, 99), 3, False),
                ("a text for a number", request(1, ADD, 1, "x"), 5, False),
                ("too many arguments", request(1, GET, 1, 1), 5, False),
                ("no argument", request(1, SET, 1), 5, False),
                ("no sequence", request("x", GET, 1), 17, True),
                ("no array", frame(b"\x01"), 17, True),
                ("nothing", frame(b"\xc1"), 17, True),
                ("a huge length", b"\xff\xff\xff\x7f", 18, True),
                ("a frame over a mebibyte", frame(bytes((1 << 20) + 1)), 18, True)):
            with self.subTest(name):
                client = Raw(self.path).greet()
                self.assertEqual(client.error(message), error)
                if closes:
                    self.assertTrue(client.is_closed())
                else:
                    self.assert_serves(client)
                self.assert_serves(other)

    def test_of_silent_clients(self) -> None:
        self.serve()
        other = Raw(self.path).greet()
        silent = [Raw(self.path) for _ in range(200)]
        begun = Raw(self.path)
        begun.end.sendall(b"\x28\0\0\0\x95")
        half = Raw(self.path).greet()
        half.end.sendall(b"\x28\0\0\0\x95")
        for each in (*silent, begun, half):
            self.assertTrue(each.is_closed())
        self.assert_logged("no handshake in time")
        self.assert_logged("a frame did not end in time")
        self.assertLess(len(self.log), 100, "a crowd does not fill the log")
        self.assert_serves(other)

    def test_of_no_descriptors(self) -> None:
        self.serve(limit=(resource.RLIMIT_NOFILE, 40))
        other = Raw(self.path).greet()
        full = []
        for _ in range(60):
            try:
                full.append(Raw(self.path).greet())
            except (EOFError, ConnectionError):
                break
        self.assertLess(len(full), 40)
        self.assert_logged("no descriptor is left")
        code, line = self.refused("call", "n.get", "--at", f"unix:{self.path}")
        self.assertEqual(code, 3)
        self.assertIn("the server was lost", line)
        self.assert_serves(other)

    def test_of_a_full_disk_under_the_journal(self) -> None:
        self.serve("--journal", f"{self.folder}/journal",
                   limit=(resource.RLIMIT_FSIZE, 20_000))
        writer = Raw(self.path).greet()
        acknowledged = 0
        writer.end.settimeout(2)
        with self.assertRaises(TimeoutError):
            while writer.error(request(acknowledged + 1, ADD, 1, 1)) == 0:
                acknowledged += 1
        self.assertGreater(acknowledged, 100)
        self.assert_logged("no request is answered until it is written")
        self.assertEqual(sum("journal: " in line and "answered" in line for line in self.log), 1)
        code, line = self.refused("serve", "--listen", f"unix:{self.folder}/t", "--journal",
                                  "/dev/full")
        self.assertEqual(code, 3)
        self.assertIn("No space left", line)
        self.servers[0].kill()
        self.servers[0].wait()
        self.log.clear()
        self.serve("--journal", f"{self.folder}/journal")
        reader = Raw(self.path).greet()
        reader.end.sendall(request(1, GET, 1))
        self.assertEqual(integers(reader.receive()), [1, 0, acknowledged])


if __name__ == "__main__":
    unittest.main(warnings="ignore")
