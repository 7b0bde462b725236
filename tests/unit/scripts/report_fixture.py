# SPDX-License-Identifier: MIT
"""A build whose one scenario has a real interleaving and a real graph of states, made here."""
from __future__ import annotations

from typing import Any

from fake_build import TOP, FakeBuild, scenario

SOURCE = f"{TOP}/scenarios/lock/lost_update.cpp"
OTHER = (f"{TOP}/primitives/racekit/lock/mutex.hpp", 20)


def step(thread: int, action: str, **more: Any) -> dict[str, Any]:
    return {"thread": thread, "action": action, "object": "balance", "file": SOURCE, "line": 18,
            "operation": action.split()[0], "marked": True, **more}


def racy_finding() -> dict[str, Any]:
    access = {"file": SOURCE, "line": 18, "marked": True}
    return {"kind": "data race", "subject": "balance", "consequence": "expected 20, got 10",
            "found_in": 1, "schedule": "0@1:1", "fewest": True, "threads": 2,
            "places": [dict(access, role="write by thread 1"),
                       dict(access, role="previous read by thread 0, which nothing orders")],
            "steps": [step(0, "read -> 0"), step(1, "read -> 0"),
                      step(1, "write 10", value="10"),
                      step(0, "load -> 0 acquire", object="flag", file=OTHER[0], line=OTHER[1],
                           marked=False, could_read=[
                          {"value": "1", "step": 3, "newest": True},
                          {"value": "0", "step": 0, "read": True}], note="stale: 1 is newest"),
                      step(0, "write 10", value="10")]}


def held(thread: int) -> dict[str, Any]:
    return step(thread, "lock", object="gate", value=f"held by {thread}", marked=False, line=27)


def fixed_finding() -> dict[str, Any]:
    waits = {"thread": 1, "action": "waits for gate, held by thread 0", "object": "gate",
             "operation": "", "file": SOURCE, "line": 27, "blocked": True}
    return {"kind": "", "subject": "", "consequence": "", "found_in": 1, "schedule": "default",
            "threads": 2, "places": [],
            "steps": [held(0), waits, step(0, "write 10", value="10", marked=False, line=28),
                      dict(held(0), action="unlock", operation="unlock", value="free"), held(1),
                      dict(held(1), action="unlock", operation="unlock", value="free")]}


def graph(locked: bool) -> dict[str, Any]:
    """Two threads add 10: by a read and a write, or by both in one step."""
    states: list[dict[str, Any]] = []
    numbers: dict[tuple[Any, ...], int] = {}

    def visit(place: tuple[int, int], read: tuple[int, int], value: int) -> int:
        key = (place, read, value)
        if key in numbers:
            return numbers[key]
        numbers[key] = number = len(states)
        state: dict[str, Any] = {"edges": []}
        states.append(state)
        for thread in (0, 1):
            now = place[thread]
            if now == 2:
                continue
            after = tuple((2 if locked else now + 1) if one == thread else place[one]
                          for one in (0, 1))
            if locked or now == 1:
                new = (value if locked else read[thread]) + 10
                rows = [step(thread, f"write {new}", value=str(new))]
                to = visit(after, read, new)
            else:
                rows = [step(thread, f"read -> {value}")]
                to = visit(after, tuple(value if one == thread else read[one]
                                        for one in (0, 1)), value)
            state["edges"].append({"thread": thread, "to": to, "steps": rows})
        if place == (2, 2):
            state["ended"] = True
            if value != 20:
                state.update(kind="failed check", consequence=f"expected 20, got {value}")
        return number

    visit((0, 0), (0, 0), 0)
    return {"complete": True, "threads": 2, "states": states}


def weak_graph() -> dict[str, Any]:
    """A load after the store of another thread reads the newest value or the older one."""
    def load(value: str) -> dict[str, Any]:
        return step(1, f"load -> {value} relaxed", object="ready", could_read=[
            {"value": "1", "step": 1, "newest": True, "read": value == "1"},
            {"value": "0", "step": 0, "read": value == "0"}])
    return {"complete": True, "threads": 2, "states": [
        {"edges": [{"thread": 0, "to": 1, "steps": [
            step(0, "store 1 relaxed", object="ready", value="1")]}]},
        {"edges": [{"thread": 1, "to": 2, "steps": [load("1")]},
                   {"thread": 1, "to": 3, "steps": [load("0")]}]},
        {"edges": [], "ended": True},
        {"edges": [], "ended": True, "kind": "failed check", "consequence": "expected 1, got 0"}]}


def enrol(build: FakeBuild) -> None:
    outcomes = [{"outcome": "20", "times": 90, "allowed": True},
                {"outcome": "10 </script><b>", "times": 10, "allowed": False}]
    stacks = [{"role": "write by thread 1", "frames": [
        {"function": "racy::deposit(int)", "file": SOURCE, "line": 18}]}]
    build.enrol(scenario(), {
        "racy.model": {"finding": racy_finding(), "graph": graph(False)},
        "fixed.model": {"found": "", "shown": fixed_finding(), "graph": graph(True)},
        "racy.tsan": {"finding": dict(racy_finding(), stacks=stacks)},
        "racy.stress": {"found": "failed check", "outcomes": outcomes}})
    build.enrol(scenario("queue/torn_item"), {
        "racy.model": {"graph": weak_graph()},
        "fixed.model": {"found": "", "graph": graph(True)}})
