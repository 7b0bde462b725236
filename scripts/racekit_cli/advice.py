# SPDX-License-Identifier: MIT
"""The decision chart: nine questions, twelve answers.

The chart is the tutorial's, in the terms of C++. A leaf names a way of C++, the primitive of
racekit that serves it, the scenario to read first, and the benchmark whose figure says what it
costs.
"""
from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass


@dataclass(frozen=True)
class Question:
    name: str  # of its option
    words: str
    help: str


QUESTIONS = (
    Question("cpu", "Does the work spend most of its time computing?",
             "CPU-bound: a faster processor would make it faster"),
    Question("io", "Does the work spend most of its time waiting for files, sockets or devices?",
             "I/O-bound: it would be as slow on a faster processor"),
    Question("one-machine", "Are the cores of one machine enough?", ""),
    Question("built-in", "Are the standard library and racekit enough, without another library?",
             ""),
    Question("interconnected", "Do the tasks need each other's data while they run?", ""),
    Question("stateful", "Does a task keep state from one piece of work to the next?", ""),
    Question("similar", "Do all tasks run the same function on different data?", ""),
    Question("async", "Is there an asynchronous interface for this I/O?",
             "non-blocking calls, or a library of coroutines"),
    Question("time-slices", "May the system stop a task at any point and run another one?",
             "no: a deadline must be met whatever else runs"),
)


@dataclass(frozen=True)
class Leaf:
    name: str
    way: str        # of C++
    primitive: str  # of racekit: a header below primitives/
    scenario: str   # to read before it is used
    family: str     # of the benchmark, with its work and subject
    work: str
    subject: str
    instead: str    # what the tutorial names there, in Python


LEAVES = {one.name: one for one in (
    Leaf("sequential", "one thread and a plain loop: there is nothing to gain from more",
         "racekit/lock/semaphore.hpp", "lock/lost_update", "lock", "hand_over_asleep",
         "racekit::semaphore", "sequential code"),
    Leaf("distributed", "processes on several machines over a message library (ZeroMQ, CAF) or a "
         "job queue", "racekit/server/connect_server.hpp", "server/lost_server", "server",
         "round_trip", "racekit::event_server", "Dask, Ray or Celery"),
    Leaf("parallel-library", "oneTBB or Taskflow: parallel_for, task groups, work stealing",
         "racekit/queue/work_deque.hpp", "queue/last_element_twice", "queue",
         "mpmc_stream/1024/threads:8", "racekit::mpmc_queue", "Dask or joblib"),
    Leaf("async-library", "an event loop of a library: Boost.Asio, libuv, Boost.Fiber",
         "racekit/lock/auto_reset_event.hpp", "coroutine/lock_across_await", "lock",
         "hand_over_asleep", "racekit::auto_reset_event", "Twisted, Tornado or gevent"),
    Leaf("one-process-class", "several processes of one program, with results in shared memory",
         "racekit/shared/shared_value.hpp", "shared/owner_dies", "shared", "add_2_processes",
         "racekit::shared_value", "one Process subclass, several instances"),
    Leaf("process-classes", "a program for each role, with messages over pipes between them",
         "racekit/pipe/message_pipe.hpp", "pipe/half_a_frame", "pipe", "stream",
         "racekit::message_pipe", "a Process subclass for each role"),
    Leaf("pool-map", "a fixed number of threads that take parts of one range from a queue; or "
         "std::for_each with std::execution::par", "racekit/queue/blocking_queue.hpp",
         "queue/one_sentinel", "queue", "blocking_stream/1024/threads:8",
         "racekit::blocking_queue", "Pool.map"),
    Leaf("pool-apply", "a fixed number of threads that take std::packaged_task from a queue, with "
         "a std::future for each", "racekit/queue/blocking_queue.hpp", "queue/task_done_early",
         "queue", "blocking_round_trip/1024/threads:2", "racekit::blocking_queue",
         "Pool.apply_async"),
    Leaf("event-loop", "coroutines of C++20 on one event loop", "racekit/task/event_loop.hpp",
         "coroutine/await_lost_update", "lock", "hand_over/threads:2",
         "racekit::auto_reset_event", "asyncio"),
    Leaf("threads", "std::jthread for each task; the results are read after join()",
         "racekit/lock/latch.hpp", "life/detach_stack", "lock", "barrier_of_2/threads:2",
         "racekit::barrier", "threads"),
    Leaf("threads-and-locks", "std::jthread for each task, and a lock for each rule over shared "
         "data", "racekit/lock/mutex.hpp", "lock/lost_update", "lock",
         "mutex_50_ns_apart/threads:2", "racekit::mutex", "threads with locks and semaphores"),
    Leaf("another-approach", "another approach than these: a thread with a real-time priority on "
         "a core of its own, and no lock that others hold on its path",
         "racekit/queue/spsc_queue.hpp", "queue/publish_too_weakly",
         "queue", "spsc_stream/1024/threads:2", "racekit::spsc_queue",
         "\"try a different approach\""),
)}

# A node is a question with what follows from yes and from no; a leaf is its name.
Node = str | tuple[str, "Node", "Node"]

_processes: Node = ("similar", "one-process-class", "process-classes")
_computing: Node = ("one-machine",
                    ("built-in",
                     ("interconnected", _processes,
                      ("stateful", _processes, ("similar", "pool-map", "pool-apply"))),
                     "parallel-library"),
                    "distributed")
_waiting: Node = ("async",
                  ("built-in", "event-loop", "async-library"),
                  ("time-slices", ("interconnected", "threads-and-locks", "threads"),
                   "another-approach"))
CHART: Node = ("cpu", _computing, ("io", _waiting, "sequential"))


def question(name: str) -> Question:
    return next(one for one in QUESTIONS if one.name == name)


def walk(answer: Callable[[Question], bool]) -> tuple[Leaf, list[tuple[Question, bool]]]:
    """Down the chart: the leaf, and what was asked on the way."""
    asked: list[tuple[Question, bool]] = []
    at = CHART
    while not isinstance(at, str):
        name, if_yes, if_no = at
        one = question(name)
        said = answer(one)
        asked.append((one, said))
        at = if_yes if said else if_no
    return LEAVES[at], asked


def drawn(at: Node = CHART, depth: int = 0) -> Iterator[str]:
    """The chart as indented lines."""
    lead = "  " * depth
    if isinstance(at, str):
        yield f"{lead}=> {at}: {LEAVES[at].way}"
        return
    name, if_yes, if_no = at
    yield f"{lead}{question(name).words} (--{name})"
    for word, below in (("yes", if_yes), ("no", if_no)):
        yield f"{lead}{word}:"
        yield from drawn(below, depth + 1)
