# SPDX-License-Identifier: MIT
"""An nginx on loopback with bodies to fetch: some large, some that arrive after a wait."""
from __future__ import annotations

import http.client
import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

MIB = 1 << 20
_copied = {"large": 32 * MIB, "middle": 16 * MIB, "small": 2 * MIB}
_waited_size = 64 << 10
_chunk = 32 << 10  # two of them: nginx waits between the first and the second
_each = 3          # requests of each copied body
REQUESTS = _each * len(_copied)

_configuration = """
daemon off;
worker_processes auto;
pid {folder}/nginx.pid;
error_log {folder}/error.log;
events {{ worker_connections 256; }}
http {{
  access_log off;
  client_body_temp_path {folder}/temporary;
  proxy_temp_path {folder}/temporary;
  fastcgi_temp_path {folder}/temporary;
  uwsgi_temp_path {folder}/temporary;
  scgi_temp_path {folder}/temporary;
  sendfile on;
  keepalive_requests 1000000;
  server {{
    listen 127.0.0.1:{port};
    root {folder}/files;
    location /waited {{ limit_rate {rate}; sendfile_max_chunk {chunk}; }}
  }}
}}
"""


@dataclass(frozen=True)
class Server:
    port: int
    regimes: dict[str, tuple[str, ...]]  # what is fetched, by the name of the regime


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _answers(port: int) -> bool:
    try:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
        connection.request("GET", "/small")
        body = connection.getresponse().read()
        connection.close()
        return len(body) == _copied["small"]
    except OSError:
        return False


@contextmanager
def nginx(folder: Path, delay_ms: int) -> Iterator[Server | str]:
    """The server, which ends with the block; or why there is none."""
    program = shutil.which("nginx", path="/usr/sbin:/usr/bin:/usr/local/sbin:/usr/local/bin")
    if program is None:
        yield "no nginx: apt-get install nginx-light"
        return
    for part in ("files", "temporary"):
        (folder / part).mkdir(parents=True, exist_ok=True)
    for name, size in {**_copied, "waited": _waited_size}.items():
        file = folder / "files" / name
        if not file.is_file() or file.stat().st_size != size:
            file.write_bytes(b"x" * size)
    port = _free_port()
    text = _configuration.format(folder=folder, port=port, chunk=_chunk,
                                 rate=_chunk * 1000 // max(delay_ms, 1))
    configuration = folder / "nginx.conf"
    user = "user root;\n" if os.geteuid() == 0 else ""  # or its workers could not read the files
    configuration.write_text(user + text)
    errors = folder / "stderr.txt"
    with errors.open("w") as stderr:
        process = subprocess.Popen([program, "-c", configuration, "-p", folder],
                                   stdin=subprocess.DEVNULL, stdout=stderr, stderr=stderr)
    try:
        limit = time.monotonic() + 20
        while not (there := _answers(port)) and process.poll() is None and time.monotonic() < limit:
            time.sleep(0.05)
        if not there:
            words = errors.read_text().strip().splitlines()
            yield f"nginx does not answer: {words[-1] if words else 'it said nothing'}"
            return
        copied = tuple(f"/{name}" for name in _copied) * _each
        yield Server(port, {"copy-bound": copied, "wait-bound": ("/waited",) * REQUESTS})
    finally:
        process.terminate()
        process.wait()
