# SPDX-License-Identifier: MIT
"""What the same ways of sharing cost in Python. Run as a program: prints nanoseconds as JSON."""
from __future__ import annotations

import json
import multiprocessing
import queue
import sys
import threading
import time
from collections.abc import Callable
from multiprocessing.managers import SyncManager

span = 0.1  # seconds of each measurement
_context = multiprocessing.get_context("fork")


def _each(action: Callable[[], object], batch: int = 20) -> float:
    """Nanoseconds of one call."""
    count, began = 0, time.perf_counter()
    while (now := time.perf_counter()) - began < span:
        for _ in range(batch):
            action()
        count += batch
    return 1e9 * (now - began) / max(count, 1)


def _beside(work: Callable[[], None], action: Callable[[], object]) -> float:
    """The same while another thread does `work` again and again."""
    over = threading.Event()

    def again() -> None:
        while not over.is_set():
            work()

    other = threading.Thread(target=again)
    other.start()
    try:
        return _each(action)
    finally:
        over.set()
        other.join()


def _lock() -> tuple[float, float]:
    lock = threading.Lock()

    def pair() -> None:
        with lock:
            pass

    return _each(pair), _beside(pair, pair)


def _queue() -> tuple[float, float]:
    alone: queue.Queue[int] = queue.Queue()

    def pair() -> None:
        alone.put(1)
        alone.get()

    one = _each(pair)
    there: queue.Queue[int] = queue.Queue(64)
    count = 5000
    taker = threading.Thread(target=lambda: [there.get() for _ in range(count)])
    taker.start()
    began = time.perf_counter()
    for number in range(count):
        there.put(number)
    taker.join()
    return one, 1e9 * (time.perf_counter() - began) / count


def _queue_round_trip() -> float:
    there: queue.SimpleQueue[int] = queue.SimpleQueue()
    back: queue.SimpleQueue[int] = queue.SimpleQueue()

    def echo() -> None:
        while (one := there.get()) >= 0:
            back.put(one)

    other = threading.Thread(target=echo)
    other.start()
    took = _each(lambda: (there.put(1), back.get()), 1)
    there.put(-1)
    other.join()
    return took


def _pipe_round_trip() -> float:
    mine, others = _context.Pipe()

    def echo() -> None:
        mine.close()
        try:
            while True:
                others.send_bytes(others.recv_bytes())
        except EOFError:
            pass

    child = _context.Process(target=echo)
    child.start()
    others.close()
    message = b"x" * 64
    took = _each(lambda: (mine.send_bytes(message), mine.recv_bytes()), 1)
    mine.close()
    child.join()
    return took


def _value() -> tuple[float, float]:
    value = _context.Value("i", 0)

    def add() -> None:
        with value.get_lock():
            value.value += 1

    alone = _each(add)
    over = _context.Event()

    def again() -> None:
        while not over.is_set():
            for _ in range(50):
                add()

    child = _context.Process(target=again)
    child.start()
    time.sleep(0.05)
    together = _each(add)
    over.set()
    child.join()
    return alone, together


def _process_queue() -> float:
    """Nanoseconds for each number that goes to another process."""
    there: multiprocessing.Queue[int] = _context.Queue(64)
    count = 5000
    taker = _context.Process(target=lambda: [there.get() for _ in range(count)])
    taker.start()
    there.put(-1)  # the feeder thread has begun
    began = time.perf_counter()
    for number in range(count - 1):
        there.put(number)
    taker.join()
    return 1e9 * (time.perf_counter() - began) / count


def _manager(address: object = None) -> float:
    manager = SyncManager(address=address, ctx=_context)
    manager.start()
    try:
        value = manager.Value("i", 0)
        return _each(value.get, 1)
    finally:
        manager.shutdown()


def measure() -> dict[str, float]:
    lock, queues, value = _lock(), _queue(), _value()
    return {"lock": lock[0], "lock together": lock[1], "queue": queues[0],
            "queue together": queues[1], "queue round trip": _queue_round_trip(),
            "process queue": _process_queue(),
            "pipe round trip": _pipe_round_trip(), "shared value": value[0],
            "shared value together": value[1], "server": _manager(),
            "server over tcp": _manager(("127.0.0.1", 0))}


if __name__ == "__main__":
    print(json.dumps(measure()))
    sys.exit(0)
