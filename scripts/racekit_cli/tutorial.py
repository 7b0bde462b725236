# SPDX-License-Identifier: MIT
"""The tutorial that racekit began from, row by row: what racekit has for it.

`racekit readme` writes scenarios/TUTORIAL.md from this table. A figure is read when the page is
written: of a benchmark from the published table, of a scenario from RESULTS.md. A row without files
is not there yet, and the page says so.
"""
from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from . import known_figures
from .build_tree import HOME

RESULTS = HOME / "scenarios" / "RESULTS.md"


@dataclass(frozen=True)
class Entry:
    number: int
    has: str              # what the tutorial has
    files: str = ""       # of racekit, with spaces between
    command: str = ""     # after `scripts/racekit`, unless it begins with a dot or with cmake
    figure: str = ""      # family:work:subject of a benchmark, models:title:way, or a scenario
    lacks: str = ""       # what is not there yet


_models = "tests/execution_models/cpu_models.cpp"
_requests = "tests/execution_models/io_models.cpp"
_cpu = "models:CPU-bound:"
_copied = "models:I/O-bound, nothing:"
_waited = "models:I/O-bound, the server:"
ENTRIES = (
    Entry(1, "I/O-bound and CPU-bound work", "scripts/racekit_cli/advise_command.py",
          "advise --measure ./work"),
    Entry(2, "the CPU operation that is counted", "tests/execution_models/operation.hpp",
          "bench --models", _cpu + "sequential"),
    Entry(3, "concurrency and parallelism, drawn",
          "tests/execution_models/timeline.hpp scripts/racekit_cli/timelines.py",
          "bench --models --timeline"),
    Entry(4, "more cores, more parallelism", "scripts/racekit_cli/models.py",
          "bench --models --sweep", _cpu + "threads by function"),
    Entry(5, "preemptive multitasking, context switch",
          "sanitizers/model/strategies/bounded.hpp scenarios/lock/split_update.cpp",
          "explore lock/split_update --variant fixed --strategy bounded --time 5s",
          "lock/split_update"),
    Entry(6, "cooperative multitasking: switches at marked places only",
          "scenarios/coroutine/await_lost_update.cpp "
          "scenarios/coroutine/ticket_sold_across_await.cpp",
          "show coroutine/ticket_sold_across_await", "coroutine/ticket_sold_across_await"),
    Entry(7, "interpreters: CPython, PyPy, Jython", f"CMakePresets.json {_models}",
          "bench --models", _cpu + "threads, one lock"),
    Entry(8, "threads on one core, processes on many", _models, "bench --models",
          _cpu + "processes"),
    Entry(9, "the race condition, with its table of six steps", "scenarios/lock/lost_update.cpp",
          "show lock/lost_update", "lock/lost_update"),
    Entry(10, "the lock, with its table of 15 rows",
          "scenarios/lock/lost_update.cpp primitives/racekit/lock/mutex.hpp",
          "show lock/lost_update", "lock/lost_update"),
    Entry(11, "a thread stops and waits until the lock is free",
          "primitives/racekit/lock/futex_mutex.hpp", "bench lock --only hand_over_asleep",
          "lock:hand_over_asleep:racekit::semaphore"),
    Entry(12, "reference counts: a leak, or a free while in use",
          "scenarios/shared/plain_refcount.cpp", "show shared/plain_refcount",
          "shared/plain_refcount"),
    Entry(13, "one lock for everything (the GIL) as the answer", _models, "bench --models",
          _cpu + "threads, one lock"),
    Entry(14, "two ways to start a thread", "scenarios/life/start_before_assign.cpp",
          "show life/start_before_assign", "life/start_before_assign"),
    Entry(15, "results by attribute or by queue",
          "primitives/racekit/queue/blocking_queue.hpp scenarios/queue/task_done_early.cpp",
          "show queue/task_done_early", "queue/task_done_early"),
    Entry(16, "a queue is thread-safe because it locks",
          "primitives/racekit/queue/monitor_queue.hpp scenarios/queue/unlocked_deque.cpp",
          "bench queue --only blocking_stream",
          "queue:blocking_stream/1024/threads:2:racekit::monitor_queue"),
    Entry(17, "hello_world.py: sequential", _models, "bench --models --format tutorial",
          _cpu + "sequential"),
    Entry(18, "hello_world_mt.py: six threads by class", _models,
          "bench --models --format tutorial", _cpu + "threads by class"),
    Entry(19, "hello_world_mt_2.py: six callables and a queue", _models,
          "bench --models --format tutorial", _cpu + "threads by function"),
    Entry(20, "threads are slower, because of one core and switching",
          "scripts/racekit_cli/models_table.py", "bench --models",
          _cpu + "threads, one generator"),
    Entry(21, "server.py: three routes", "scripts/racekit_cli/http_server.py",
          "bench --models --delay 50", _copied + "sequential"),
    Entry(22, "hello_world_io.py: nine requests in turn", _requests, "bench --models",
          _waited + "sequential"),
    Entry(23, "hello_world_io_mt.py: a thread for each address", _requests, "bench --models",
          _waited + "thread for each request"),
    Entry(24, "hello_world_io_asyncio.py: gather of nine", _requests, "bench --models",
          _waited + "coroutines"),
    Entry(25, "hello_world_io_mp_pool.py: Pool(6).map", _requests, "bench --models",
          _copied + "process pool, bodies"),
    Entry(26, "three reasons why threads lost", "scripts/racekit_cli/models_table.py",
          "bench --models", _copied + "thread for each request"),
    Entry(27, "the cost of a context switch",
          "tests/execution_models/switches.cpp tests/bench/lock_waiting.cpp", "bench --models",
          "lock:take_turns/threads:2:racekit::condition_variable"),
    Entry(28, "threads are not preferred", "scripts/racekit_cli/models_table.py", "bench --models",
          _waited + "thread for each request"),
    Entry(29, "the event loop", "primitives/racekit/task/event_loop.hpp "
          "scenarios/coroutine/stopped_with_work.cpp scenarios/coroutine/call_soon_elsewhere.cpp",
          "run coroutine/stopped_with_work", "coroutine/stopped_with_work"),
    Entry(30, "coroutines: async def, await",
          "primitives/racekit/task/task.hpp scenarios/coroutine/cancellation_swallowed.cpp "
          "scenarios/coroutine/lock_across_await.cpp",
          "run coroutine/cancellation_swallowed", "coroutine/cancellation_swallowed"),
    Entry(31, "a future is returned when a coroutine is called (a coroutine object is)",
          "primitives/racekit/task/future.hpp scenarios/coroutine/never_awaited.cpp "
          "scenarios/coroutine/gather_leaves_early.cpp",
          "show coroutine/never_awaited", "coroutine/never_awaited"),
    Entry(32, "callbacks", "primitives/racekit/task/future.hpp "
          "tests/unit/task/future_test.cpp scenarios/coroutine/callback_twice.cpp",
          "show coroutine/callback_twice", "coroutine/callback_twice"),
    Entry(33, "asyncio is on average faster: inside the noise",
          "scripts/racekit_cli/comparing.py tests/unit/scripts/bench_test.py",
          "bench lock --ab other-build"),
    Entry(34, "a process has its own memory", "scenarios/shared/lost_count.cpp",
          "run shared/lost_count", "shared/lost_count"),
    Entry(35, "start methods: spawn, fork",
          "scenarios/fork/inherited_lock.cpp scenarios/fork/stdio_twice.cpp "
          "scenarios/fork/vanished_thread.cpp", "run 'fork/*'", "fork/inherited_lock"),
    Entry(36, "multiprocessing.Queue: a pipe with locks", "scenarios/queue/killed_reader.cpp",
          "show queue/killed_reader", "queue/killed_reader"),
    Entry(37, "multiprocessing.Pipe: safe at different ends",
          "primitives/racekit/pipe/message_pipe.hpp scenarios/pipe/interleaved_writers.cpp",
          "show pipe/interleaved_writers", "pipe/interleaved_writers"),
    Entry(38, "shared memory: Value and Array",
          "primitives/racekit/shared/shared_value.hpp scenarios/shared/lost_count.cpp",
          "bench shared --only add_2_processes", "shared:add_2_processes:racekit::shared_value"),
    Entry(39, "the server process with its proxies", "primitives/racekit/server/proxies.hpp "
          "scenarios/server/get_then_set.cpp", "show server/get_then_set",
          "server/get_then_set"),
    Entry(40, "a proxy is slower", "scripts/racekit_cli/ladder.py tests/bench/ladder.cpp",
          "bench --ladder",
          "server:round_trip:racekit::proxy"),
    Entry(41, "the server over the network", "primitives/racekit/server/event_server.hpp "
          "primitives/racekit/server/handshake.hpp", "run 'server/*'", "server/get_then_set"),
    Entry(42, "follow the programming guidelines", "scenarios/queue/join_before_drain.cpp "
          "scenarios/fork/inherited_lock.cpp scenarios/shared/owner_dies.cpp",
          "show queue/join_before_drain", "queue/join_before_drain"),
    Entry(43, "hello_world_mp.py: a process class, a shared result", _models,
          "bench --models --format tutorial", _cpu + "processes"),
    Entry(44, "hello_world_mp_pool.py: Pool(6).map", _models, "bench --models --format tutorial",
          _cpu + "process pool"),
    Entry(45, "as many workers as cores", "scripts/racekit_cli/models.py",
          "bench --models --sweep", _cpu + "processes"),
    Entry(46, "one session copied into each process",
          "scenarios/server/shared_connection.cpp tests/execution_models/io_models.cpp",
          "show server/shared_connection", _copied + "process pool, lengths"),
    Entry(47, "the chart for choosing, twelve leaves",
          "scripts/racekit_cli/advice.py tests/unit/scripts/advise_test.py", "advise"),
    Entry(48, "packages: Twisted, Tornado, gevent",
          f"scripts/racekit_cli/advice.py {_requests} tests/execution_models/libuv_model.cpp "
          f"{_models}", "bench --models", _waited + "libuv"),
    Entry(49, "packages: Dask, Ray, Celery", f"scripts/racekit_cli/advice.py {_models}",
          "bench --models", _cpu + "ZeroMQ"),
    Entry(50, "the protocol: repeated runs, rate as total by wall time",
          "scripts/racekit_cli/models.py scripts/racekit_cli/measuring.py",
          "bench --models --format tutorial", _cpu + "threads by class"),
    Entry(51, "limits that are stated: versions, no processor", "scripts/racekit_cli/"
          "machine_state.py scripts/racekit_cli/doctor_command.py", "doctor"),
    Entry(52, "two uses: web requests, video analytics",
          "tests/examples/web_requests.cpp tests/examples/video_analysis.cpp",
          "./build/bin/examples.web_requests"),
    Entry(53, "no code for the race, no test, no detector",
          "scenarios/README.md sanitizers/README.md", "./scripts/race", "lock/lost_update"),
)


def of_scenario(name: str, results: str) -> str:
    """What the model, or the last detector of the table, saw: racy, then fixed."""
    lines = results.splitlines()
    for at, line in enumerate(lines[:-1]):
        if not re.match(rf"{re.escape(name)}\s", line):
            continue
        found = re.findall(r"[✓✗] \S+(?: find)?\s+(\S+(?: \S+)* @[\d,]+)", line)
        clean = re.findall(r"clean\s+((?:exhausted|sampled) [\d,]+)", lines[at + 1])
        words = [f"racy: {found[-1]}" if found else "racy: silent"]
        return ", ".join(words + ([f"fixed: {clean[-1]}"] if clean else []))
    return ""


def figure_of(entry: Entry, results: str, published: Path = known_figures.PUBLISHED) -> str:
    if not entry.figure:
        return ""
    if entry.figure.startswith("models:"):
        _, work, model = entry.figure.split(":")
        return known_figures.published_model(work, model, published) or "not measured yet"
    if "/" in entry.figure and "::" not in entry.figure:
        return of_scenario(entry.figure, results) or "not run yet"
    family, _, rest = entry.figure.partition(":")
    work, _, subject = rest.rpartition(":racekit::")
    found = known_figures.known(Path("/nonexistent"), family, work, f"racekit::{subject}",
                                published)
    return f"{found.time} ({found.peer} {found.peers_time})" if found else "not measured yet"


def _spelt(command: str) -> str:
    if command.startswith((".", "cmake")):
        return command
    name, _, rest = command.partition(" ")
    return f"scripts/racekit {name}" + (f" {rest}" if rest else "")


def block(results: str, published: Path = known_figures.PUBLISHED) -> str:
    rows = ["| # | the tutorial | files | command | figure | not there yet |",
            "|---|---|---|---|---|---|"]
    for one in ENTRIES:
        files = "<br>".join(f"[{Path(file).name}](../{file})" for file in one.files.split())
        command = f"`{_spelt(one.command)}`" if one.command else ""
        rows.append(f"| {one.number} | {one.has} | {files} | {command} | "
                    f"{figure_of(one, results, published)} | {one.lacks} |")
    there = sum(bool(one.files) for one in ENTRIES)
    whole = sum(bool(one.files) and not one.lacks for one in ENTRIES)
    rows.append(f"\n{there} of {len(ENTRIES)} rows have a counterpart, {whole} of them the whole "
                "of it.")
    return "\n".join(rows) + "\n"
