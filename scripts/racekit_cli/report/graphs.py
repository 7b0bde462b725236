# SPDX-License-Identifier: MIT
"""Graphs of states: small enough for a page, and the shortest way to a failure."""
from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .traces import arrowed

Graph = dict[str, Any]


def is_bad(state: dict[str, Any], only_wrong: bool) -> bool:
    """A race without a consequence is no wrong result; it may come before the end."""
    if not state.get("kind"):
        return False
    if not only_wrong:
        return True
    return bool(state.get("ended")) and (state["kind"] != "data race"
                                         or bool(state.get("consequence")))


@dataclass(frozen=True)
class Break:
    edges: list[tuple[int, int]]  # (state, number of its edge)
    kind: str
    consequence: str

    def words(self, graph: Graph) -> list[str]:
        """A line for each step."""
        lines = []
        for state, number in self.edges:
            edge = graph["states"][state]["edges"][number]
            actions = [(step["object"] + " " if step["object"] else "") + arrowed(step["action"])
                       for step in edge["steps"] if not step.get("blocked")]
            lines.append(f"thread {edge['thread']}: " + ("; ".join(actions) or "goes on"))
        return lines


def shortest_break(graph: Graph) -> Break | None:
    """The fewest steps to a wrong result; where there is none, to a race."""
    only_wrong = any(is_bad(state, True) for state in graph["states"])
    came: dict[int, tuple[int, int]] = {}
    seen = {0}
    waiting = deque([0])
    while waiting:
        at = waiting.popleft()
        state = graph["states"][at]
        if is_bad(state, only_wrong):
            edges: list[tuple[int, int]] = []
            to = at
            while to in came:
                edges.append(came[to])
                to = came[to][0]
            return Break(edges[::-1], state["kind"], state.get("consequence", ""))
        for number, edge in enumerate(state["edges"]):
            if edge["to"] not in seen:
                seen.add(edge["to"])
                came[edge["to"]] = (at, number)
                waiting.append(edge["to"])
    return None


def _step_key(step: dict[str, Any]) -> tuple[Any, ...]:
    stores = [(one["value"], bool(one.get("newest")), bool(one.get("read")))
              for one in step.get("could_read", [])]
    stale = next((1 for _, newest, read in stores if read and not newest), 0)
    newest = next((value for value, newest, _ in stores if newest), "") if stale else ""
    return (arrowed(step["action"]), step["object"], step.get("value", ""),
            f"{Path(step['file']).name}:{step['line']}" if step["file"] else "",
            1 if step.get("blocked") else 0, newest)


def compact(graph: Graph) -> dict[str, Any]:
    """The same for the page: each different step once, states as arrays.

    steps: [action, object, value, where, waits, newest value if it read an older one];
    states: [edges, waiting threads, whether it is an end, kind, consequence], an edge being
    [thread, to, steps].
    """
    table: dict[tuple[Any, ...], int] = {}
    states: list[list[Any]] = []
    for state in graph["states"]:
        edges = [[edge["thread"], edge["to"],
                  [table.setdefault(_step_key(step), len(table)) for step in edge["steps"]]]
                 for edge in state["edges"]]
        one: list[Any] = [edges, state.get("waiting", [])]
        if state.get("ended") or state.get("kind"):
            one += [int(bool(state.get("ended"))), state.get("kind", ""),
                    state.get("consequence", "")]
        states.append(one)
    told: dict[str, Any] = {"threads": graph["threads"], "steps": [list(key) for key in table],
                            "states": states}
    found = shortest_break(graph)
    if found:
        told["break"] = [number for _, number in found.edges]
    return told
