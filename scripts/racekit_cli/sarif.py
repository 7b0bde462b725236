# SPDX-License-Identifier: MIT
"""The findings as SARIF 2.1.0: an interleaving is a code flow with a thread flow for each thread.

`executionOrder` numbers the steps over all threads; `state` holds the value of each object after a
step; `properties` the memory order and every store that a load could have read. A finding that its
scenario promises is no alarm: its kind is "informational" and its level "none".
"""
from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote

from .build_tree import Build
from .catalogue import Unusable
from .repeating import repeat_command
from .reproducing import in_words
from .runs import Result
from .written import write_file

SCHEMA = ("https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/"
          "sarif-schema-2.1.0.json")
_root = "SRCROOT"
# Verdict: the kind of a result and its level. A level other than "none" is for failures alone.
_levels = {"kept": ("informational", "none"), "broken": ("fail", "error"),
           "hang": ("fail", "error"), "failed": ("fail", "error"),
           "inconclusive": ("open", "none"), "skipped": ("notApplicable", "none")}
_kinds = {"lock": ["acquire", "lock"], "try_lock": ["acquire", "lock"], "wait": ["lock"],
          "unlock": ["release", "lock"], "fence": ["memory"], "spawn": ["call"],
          "join": ["acquire"], "destroy": ["memory"]}
_marked = "danger"


def rule_id(words: str) -> str:
    """data race: racekit/data-race."""
    return "racekit/" + (re.sub(r"[^a-z0-9]+", "-", words.lower()).strip("-") or "finding")


def _kinds_of(step: dict[str, Any]) -> list[str]:
    kinds = list(_kinds.get(step["operation"], ["memory"]))
    order = step.get("order", "")
    if order in ("acquire", "acq_rel", "seq_cst") and "acquire" not in kinds:
        kinds.append("acquire")
    if order in ("release", "acq_rel", "seq_cst") and "release" not in kinds:
        kinds.append("release")
    return kinds + [_marked] if step.get("marked") else kinds


def _physical(file: str, line: int, build: Build) -> dict[str, Any]:
    inside = build.relative(file)
    place: dict[str, Any] = {"uri": quote(Path(inside).as_posix())}
    if inside.startswith("/"):
        place["uri"] = "file://" + place["uri"]
    else:
        place["uriBaseId"] = _root
    physical: dict[str, Any] = {"artifactLocation": place}
    if line > 0:
        physical["region"] = {"startLine": line}
    return physical


def _location(file: str, line: int, words: str, build: Build) -> dict[str, Any]:
    location: dict[str, Any] = {}
    if file:
        location["physicalLocation"] = _physical(file, line, build)
    if words:
        location["message"] = {"text": words}
    return location


def _values_after(steps: Sequence[dict[str, Any]]) -> list[dict[str, str]]:
    values: dict[str, str] = {}
    after = []
    for step in steps:
        if step["object"] and step.get("value"):
            values[step["object"]] = step["value"]
        after.append(dict(values))
    return after


def _flow_location(step: dict[str, Any], number: int, values: dict[str, str],
                   build: Build) -> dict[str, Any]:
    words = (step["object"] + " " if step["object"] else "") + step["action"]
    if step.get("note"):
        words += f" ({step['note']})"
    place: dict[str, Any] = {
        "location": _location(step["file"], step["line"], words, build),
        "executionOrder": number, "kinds": _kinds_of(step),
        "importance": "essential" if step.get("marked") or step.get("blocked") else "important"}
    if values:
        place["state"] = {name: {"text": value} for name, value in values.items()}
    more = {name: step[name] for name in ("operation", "order", "blocked") if step.get(name)}
    if step.get("could_read"):
        more["couldRead"] = step["could_read"]
    if more:
        place["properties"] = more
    return place


def _code_flow(found: dict[str, Any], build: Build) -> dict[str, Any]:
    steps = found["steps"]
    values = _values_after(steps)
    threads: dict[int, list[dict[str, Any]]] = {}
    for number, step in enumerate(steps, 1):
        threads.setdefault(step["thread"], []).append(
            _flow_location(step, number, values[number - 1], build))
    named = {thread: "before and after the threads" if thread < 0 else f"thread {thread}"
             for thread in threads}
    return {"message": {"text": "One interleaving; executionOrder numbers its steps over all "
                                "threads."},
            "threadFlows": [{"id": named[thread], "locations": locations}
                            for thread, locations in sorted(threads.items())]}


def fingerprint(run: Result) -> str:
    """The same mistake at the same lines: neither seeds nor addresses nor line numbers count."""
    found = run.verdict.get("finding") or {}
    parts = [run.run.scenario.id, run.run.variant, run.run.detector,
             found.get("kind") or run.verdict["verdict"], found.get("subject", "")]
    parts += sorted({f"{Path(one['file']).name} {re.sub('[0-9]+', '#', one['role'])}"
                     for one in found.get("places", [])})
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:32]


def _message(one: Result) -> str:
    found = one.verdict.get("finding")
    name = f"{one.run.scenario.id} {one.run.variant}, {one.run.detector}"
    if not found:
        return f"{name}: {one.word}: {one.verdict['why']}"
    words = found["kind"] + (f" on {found['subject']}" if found["subject"] else "")
    words += f": {found['consequence']}" if found["consequence"] else ""
    words += " (as promised)" if one.word == "kept" else f" ({one.word}: {one.verdict['why']})"
    return f"{name}: {words}" + (f"; {in_words(one)}" if one.verdict.get("reproduced") else "")


def _result(one: Result, rules: dict[str, int], build: Build) -> dict[str, Any]:
    found = one.verdict.get("finding")
    kind, level = _levels.get(one.word, ("fail", "error"))
    rule = rule_id(found["kind"] if found else f"promise {one.word}")
    result: dict[str, Any] = {
        "ruleId": rule, "ruleIndex": rules[rule], "kind": kind, "level": level,
        "message": {"text": _message(one)},
        "partialFingerprints": {"racekitFinding/v1": fingerprint(one)},
        "properties": {
            "scenario": one.run.scenario.id, "variant": one.run.variant,
            "detector": one.run.detector, "verdict": one.word,
            "promise": one.verdict["promise"]["sight"], "seed": one.verdict["seed"],
            "reach": one.verdict["reach"]["words"], "repeat": repeat_command(one, build)}}
    for name in ("binary", "reproduced", "repeats"):
        if one.verdict.get(name):
            result["properties"][name] = one.verdict[name]
    places = found["places"] if found else []
    first, *others = places or [{"file": one.verdict["file"], "line": 1, "role": ""}]
    result["locations"] = [_location(first["file"], first["line"], first["role"], build)]
    if others:
        result["relatedLocations"] = [
            dict(_location(each["file"], each["line"], each["role"], build), id=number)
            for number, each in enumerate(others, 1)]
    if found:
        result["properties"]["foundIn"] = found["found_in"]
        if found["schedule"]:
            result["properties"]["schedule"] = found["schedule"]
        if found["steps"]:
            result["codeFlows"] = [_code_flow(found, build)]
    return result


def _rule(rule: str, one: Result) -> dict[str, Any]:
    found = one.verdict.get("finding")
    words = found["kind"] if found else f"a promise that is {one.word}"
    described: dict[str, Any] = {"id": rule, "shortDescription": {"text": words}}
    if one.run.scenario.cwe and found:
        described["properties"] = {"tags": ["concurrency",
                                            f"external/cwe/cwe-{one.run.scenario.cwe}"]}
    return described


def _to_report(results: Iterable[Result]) -> list[Result]:
    return [one for one in results if one.verdict.get("finding") or one.word != "kept"]


def _unusable(one: Unusable, rules: dict[str, int], build: Build) -> dict[str, Any]:
    rule = rule_id("enrolment")
    location = _location(one.file, 1, "", build)
    return {"ruleId": rule, "ruleIndex": rules[rule], "kind": "fail", "level": "error",
            "message": {"text": f"{one.id}: {one.why}"},
            **({"locations": [location]} if location else {})}


def document(results: Sequence[Result], unusable: Sequence[Unusable], build: Build,
             code: int) -> dict[str, Any]:
    told = _to_report(results)
    rules: dict[str, dict[str, Any]] = {}
    for one in told:
        found = one.verdict.get("finding")
        rule = rule_id(found["kind"] if found else f"promise {one.word}")
        rules.setdefault(rule, _rule(rule, one))
    if unusable:
        rule = rule_id("enrolment")
        rules[rule] = {"id": rule, "shortDescription": {"text": "a scenario that cannot be run"}}
    index = {rule: number for number, rule in enumerate(rules)}
    return {"$schema": SCHEMA, "version": "2.1.0", "runs": [{
        "tool": {"driver": {"name": "racekit", "rules": list(rules.values())}},
        "automationDetails": {"id": "racekit/"},
        "columnKind": "unicodeCodePoints",
        "originalUriBaseIds": {_root: {"description": {"text": "the top folder of the project"}}},
        "invocations": [{"executionSuccessful": code in (0, 1), "exitCode": code}],
        "results": [_result(one, index, build) for one in told]
        + [_unusable(one, index, build) for one in unusable]}]}


def write(results: Sequence[Result], unusable: Sequence[Unusable], build: Build, code: int,
          file: Path) -> None:
    text = json.dumps(document(results, unusable, build, code), indent=1, ensure_ascii=False)
    write_file(file, text + "\n", "SARIF file", "--sarif")
