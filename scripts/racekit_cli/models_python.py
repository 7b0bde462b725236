# SPDX-License-Identifier: MIT
"""The same ways of running work in Python. Run as a program: does one of them, prints it as JSON.

    models_python.py --list
    models_python.py --work cpu --model sequential --jobs 6 --seconds 1
    models_python.py --work io --model coroutines --port 8080 --jobs 6 /path ...
"""
from __future__ import annotations

import argparse
import asyncio
import http.client
import json
import multiprocessing
import queue
import random
import resource
import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

try:
    import numpy
except ImportError:
    numpy = None  # type: ignore[assignment]

_side = 64
_context = multiprocessing.get_context("fork")


def _operate(generator: Any) -> None:
    """Three draws of 64 x 64 numbers, a product and a sum; `generator` None: the global one, which
    all threads share."""
    if numpy is not None:
        draw = numpy.random.rand if generator is None else lambda *size: generator.random(size)
        draw(_side, _side) @ draw(_side, _side) + draw(_side, _side)
        return
    draw_one = random.random if generator is None else generator.random
    first, second, third = ([[draw_one() for _ in range(_side)] for _ in range(_side)]
                            for _ in range(3))
    columns = list(zip(*second))
    [[sum(x * y for x, y in zip(row, column)) + more for column, more in zip(columns, rest)]
     for row, rest in zip(first, third)]


def _own_generator(seed: int) -> Any:
    return numpy.random.default_rng(seed) if numpy is not None else random.Random(seed)


def _count(seed: int, seconds: float, own: bool = False) -> int:
    """Operations until the time is over."""
    generator = _own_generator(seed) if own else None
    end = time.perf_counter() + seconds
    count = 0
    while time.perf_counter() < end:
        _operate(generator)
        count += 1
    return count


def _sequential(asked: argparse.Namespace) -> list[int]:
    return [_count(1, asked.seconds)]


class _Worker(threading.Thread):
    def __init__(self, seed: int, seconds: float) -> None:
        super().__init__()
        self._seed, self._seconds, self.got = seed, seconds, 0

    def run(self) -> None:
        self.got = _count(self._seed, self._seconds)


def _threads_by_class(asked: argparse.Namespace) -> list[int]:
    workers = [_Worker(each, asked.seconds) for each in range(1, asked.jobs + 1)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    return [worker.got for worker in workers]


def _threads_by_function(asked: argparse.Namespace, own: bool = False) -> list[int]:
    done: queue.Queue[int] = queue.Queue()
    threads = [threading.Thread(target=lambda seed=each: done.put(_count(seed, asked.seconds, own)))
               for each in range(1, asked.jobs + 1)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return [done.get_nowait() for _ in threads]


def _coroutines(asked: argparse.Namespace) -> list[int]:
    end = time.perf_counter() + asked.seconds

    async def count() -> int:
        done = 0
        while time.perf_counter() < end:
            _operate(None)
            done += 1
            await asyncio.sleep(0)
        return done

    async def all_of_them() -> list[int]:
        return list(await asyncio.gather(*(count() for _ in range(asked.jobs))))

    return asyncio.run(all_of_them())


def _processes(asked: argparse.Namespace) -> list[int]:
    total = _context.Value("q", 0)

    def add(seed: int) -> None:
        count = _count(seed, asked.seconds)
        with total.get_lock():
            total.value += count

    workers = [_context.Process(target=add, args=(each,)) for each in range(1, asked.jobs + 1)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    return [total.value]


def _pool(asked: argparse.Namespace) -> list[int]:
    with _context.Pool(asked.jobs) as pool:
        counts = pool.map(partial(_count, seconds=asked.seconds), range(1, asked.jobs + 1), 1)
        pool.close()
        pool.join()
    return counts


def _get(connection: http.client.HTTPConnection, path: str) -> bytes:
    connection.request("GET", path)
    return connection.getresponse().read()


def _get_alone(path: str, port: int) -> bytes:
    connection = http.client.HTTPConnection("127.0.0.1", port)
    try:
        return _get(connection, path)
    finally:
        connection.close()


def _get_length(path: str, port: int) -> int:
    return len(_get_alone(path, port))


def _io_sequential(asked: argparse.Namespace) -> int:
    connection = http.client.HTTPConnection("127.0.0.1", asked.port)
    return sum(len(_get(connection, path)) for path in asked.paths)


def _io_threads(asked: argparse.Namespace, threads: int) -> int:
    with ThreadPoolExecutor(threads) as pool:
        return sum(pool.map(partial(_get_length, port=asked.port), asked.paths))


def _io_coroutines(asked: argparse.Namespace) -> int:
    async def fetch(path: str) -> int:
        reader, writer = await asyncio.open_connection("127.0.0.1", asked.port, limit=1 << 20)
        writer.write(f"GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
        head = await reader.readuntil(b"\r\n\r\n")
        length = next(int(line.split(b":")[1]) for line in head.splitlines()
                      if line.lower().startswith(b"content-length:"))
        body = await reader.readexactly(length)
        writer.close()
        return len(body)

    async def all_of_them() -> int:
        return sum(await asyncio.gather(*(fetch(path) for path in asked.paths)))

    loop = asyncio.new_event_loop()  # asyncio.run() prints the result into a text on 3.11
    try:
        return loop.run_until_complete(all_of_them())
    finally:
        loop.close()


def _io_pool(asked: argparse.Namespace, bodies: bool) -> int:
    with _context.Pool(asked.jobs) as pool:
        if bodies:
            return sum(map(len, pool.map(partial(_get_alone, port=asked.port), asked.paths, 1)))
        return sum(pool.map(partial(_get_length, port=asked.port), asked.paths, 1))


CPU: dict[str, Callable[[argparse.Namespace], list[int]]] = {
    "sequential": _sequential,
    "threads by class": _threads_by_class,
    "threads by function": _threads_by_function,
    "threads, own generators": partial(_threads_by_function, own=True),
    "coroutines": _coroutines,
    "processes": _processes,
    "process pool": _pool,
}
IO: dict[str, Callable[[argparse.Namespace], int]] = {
    "sequential": _io_sequential,
    "thread for each request": lambda asked: _io_threads(asked, len(asked.paths)),
    "thread pool": lambda asked: _io_threads(asked, asked.jobs),
    "coroutines": _io_coroutines,
    "process pool, bodies": partial(_io_pool, bodies=True),
    "process pool, lengths": partial(_io_pool, bodies=False),
}


def _spent() -> tuple[float, int, int]:
    sums = [resource.getrusage(whose) for whose in (resource.RUSAGE_SELF,
                                                    resource.RUSAGE_CHILDREN)]
    return (sum(one.ru_utime + one.ru_stime for one in sums), sum(one.ru_nvcsw for one in sums),
            sum(one.ru_nivcsw for one in sums))


def _measure(asked: argparse.Namespace) -> dict[str, Any]:
    before, began = _spent(), time.perf_counter()
    if asked.work == "cpu":
        workers = CPU[asked.model](asked)
        operations, size = sum(workers), 0
    else:
        workers, size = [], IO[asked.model](asked)
        operations = len(asked.paths)
    wall, after = time.perf_counter() - began, _spent()
    return {"work": asked.work, "model": asked.model, "operations": operations, "bytes": size,
            "wall": wall, "cpu": after[0] - before[0], "ready": 0, "lock_wait": 0,
            "voluntary": after[1] - before[1], "involuntary": after[2] - before[2],
            "workers": workers}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--list", action="store_true")
    parser.add_argument("--work", choices=("cpu", "io"), default="cpu")
    parser.add_argument("--model", default="sequential")
    parser.add_argument("--jobs", type=int, default=6)
    parser.add_argument("--seconds", type=float, default=1)
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("paths", nargs="*")
    asked = parser.parse_args()
    if asked.list:
        print(json.dumps({"cpu": list(CPU), "io": list(IO), "numpy": numpy is not None}))
        return 0
    print(json.dumps(_measure(asked)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
