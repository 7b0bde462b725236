# SPDX-License-Identifier: MIT
"""The rules of the published SARIF 2.1.0 schema for all that racekit writes, and those of the
standard's text that a schema cannot say: indices that point somewhere, levels that fit kinds."""
from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

Complaints = list[str]
Check = Callable[[Any, str, Complaints], None]


def text(value: Any, at: str, bad: Complaints) -> None:
    if not isinstance(value, str):
        bad.append(f"{at}: no string")


def uri(value: Any, at: str, bad: Complaints) -> None:
    text(value, at, bad)
    if isinstance(value, str) and re.search(r"[\s<>\"{}|\\^`]", value):
        bad.append(f"{at}: '{value}' is no URI reference")


def truth(value: Any, at: str, bad: Complaints) -> None:
    if not isinstance(value, bool):
        bad.append(f"{at}: neither true nor false")


def whole(least: int) -> Check:
    def check(value: Any, at: str, bad: Complaints) -> None:
        if not isinstance(value, int) or isinstance(value, bool) or value < least:
            bad.append(f"{at}: no whole number from {least} on")
    return check


def one_of(*words: str) -> Check:
    def check(value: Any, at: str, bad: Complaints) -> None:
        if value not in words:
            bad.append(f"{at}: '{value}' is none of {', '.join(words)}")
    return check


def many(item: Check, least: int = 0, unique: bool = False) -> Check:
    def check(value: Any, at: str, bad: Complaints) -> None:
        if not isinstance(value, list):
            bad.append(f"{at}: no array")
            return
        if len(value) < least:
            bad.append(f"{at}: fewer than {least} items")
        if unique and any(one in value[:place] for place, one in enumerate(value)):
            bad.append(f"{at}: the same item twice")
        for place, one in enumerate(value):
            item(one, f"{at}[{place}]", bad)
    return check


def named(item: Check) -> Check:
    """An object whose names are free."""
    def check(value: Any, at: str, bad: Complaints) -> None:
        if not isinstance(value, dict):
            bad.append(f"{at}: no object")
            return
        for name, one in value.items():
            item(one, f"{at}.{name}", bad)
    return check


def record(required: tuple[str, ...], any_of: tuple[str, ...] = (), **known: Check) -> Check:
    """An object with these names and no others."""
    def check(value: Any, at: str, bad: Complaints) -> None:
        if not isinstance(value, dict):
            bad.append(f"{at}: no object")
            return
        bad += [f"{at}: '{name}' is missing" for name in required if name not in value]
        if any_of and not any(name in value for name in any_of):
            bad.append(f"{at}: one of {', '.join(any_of)} is missing")
        for name, one in value.items():
            if name not in known:
                bad.append(f"{at}: '{name}' is not in the schema")
            else:
                known[name](one, f"{at}.{name}", bad)
    return check


def bag(value: Any, at: str, bad: Complaints) -> None:
    if not isinstance(value, dict):
        bad.append(f"{at}: no object")
    elif "tags" in value:
        many(text, unique=True)(value["tags"], at + ".tags", bad)


words = record(("text",), text=text, markdown=text, properties=bag)
message = record((), any_of=("text", "id"), text=text, markdown=text, id=text,
                 arguments=many(text), properties=bag)
artifact_location = record((), uri=uri, uriBaseId=text, index=whole(-1), description=message,
                           properties=bag)
region = record((), any_of=("startLine", "charOffset", "byteOffset"), startLine=whole(1),
                startColumn=whole(1), endLine=whole(1), endColumn=whole(1), snippet=bag,
                message=message, properties=bag)
physical = record((), any_of=("address", "artifactLocation"), artifactLocation=artifact_location,
                  region=region, contextRegion=region, properties=bag)
location = record((), id=whole(-1), physicalLocation=physical, message=message,
                  annotations=many(region, unique=True), properties=bag)
flow_location = record(
    (), index=whole(-1), location=location, kinds=many(text, unique=True), state=named(words),
    nestingLevel=whole(0), executionOrder=whole(-1), executionTimeUtc=text,
    importance=one_of("important", "essential", "unimportant"), properties=bag)
thread_flow = record(("locations",), id=text, message=message, initialState=named(words),
                     immutableState=named(words), locations=many(flow_location, 1),
                     properties=bag)
code_flow = record(("threadFlows",), message=message, threadFlows=many(thread_flow, 1),
                   properties=bag)
result = record(
    ("message",), ruleId=text, ruleIndex=whole(-1),
    kind=one_of("notApplicable", "pass", "fail", "review", "open", "informational"),
    level=one_of("none", "note", "warning", "error"), message=message, guid=text,
    locations=many(location), relatedLocations=many(location, unique=True),
    partialFingerprints=named(text), fingerprints=named(text), codeFlows=many(code_flow),
    occurrenceCount=whole(1), properties=bag)
rule = record(("id",), id=text, name=text, shortDescription=words, fullDescription=words,
              helpUri=uri, help=words, properties=bag)
driver = record(("name",), name=text, fullName=text, version=text, semanticVersion=text,
                informationUri=uri, rules=many(rule, unique=True), properties=bag)
invocation = record(("executionSuccessful",), executionSuccessful=truth, exitCode=whole(-2**31),
                    exitCodeDescription=text, commandLine=text, startTimeUtc=text,
                    endTimeUtc=text, properties=bag)
run = record(("tool",), tool=record(("driver",), driver=driver, properties=bag),
             invocations=many(invocation), originalUriBaseIds=named(artifact_location),
             results=many(result), automationDetails=record((), description=message, id=text,
                                                            guid=text, correlationGuid=text,
                                                            properties=bag),
             columnKind=one_of("utf16CodeUnits", "unicodeCodePoints"), properties=bag)
log = record(("version", "runs"), version=one_of("2.1.0"), runs=many(run), properties=bag,
             **{"$schema": uri})


def _of_result(one: dict[str, Any], rules: list[dict[str, Any]], at: str, bad: Complaints) -> None:
    number = one.get("ruleIndex", -1)
    if number >= len(rules) or (number >= 0 and rules[number]["id"] != one.get("ruleId")):
        bad.append(f"{at}: ruleIndex {number} is not the rule {one.get('ruleId')}")
    if one.get("kind", "fail") != "fail" and one.get("level", "none") != "none":
        bad.append(f"{at}: a level other than none is for failures alone")  # 3.27.10
    ids = [each["id"] for each in one.get("relatedLocations", []) if "id" in each]
    if len(ids) != len(set(ids)):
        bad.append(f"{at}: two related locations have the same id")
    for flow in one.get("codeFlows", []):
        _of_flow(flow, at, bad)


def _of_flow(flow: dict[str, Any], at: str, bad: Complaints) -> None:
    orders = []
    for thread in flow["threadFlows"]:
        own = [each.get("executionOrder", -1) for each in thread["locations"]]
        if own != sorted(own):
            bad.append(f"{at}: executionOrder goes back within {thread.get('id')}")
        orders += own
    if sorted(orders) != list(range(1, len(orders) + 1)):
        bad.append(f"{at}: executionOrder does not number the steps of all threads")
    ids = [thread.get("id") for thread in flow["threadFlows"]]
    if len(ids) != len(set(ids)):
        bad.append(f"{at}: two thread flows have the same id")


def complaints(document: Any) -> Complaints:
    """Nothing for a valid log; else what is wrong and where."""
    bad: Complaints = []
    log(document, "log", bad)
    if bad:
        return bad
    for number, one in enumerate(document["runs"]):
        rules = one["tool"]["driver"].get("rules", [])
        ids = [each["id"] for each in rules]
        if len(ids) != len(set(ids)):
            bad.append(f"runs[{number}]: two rules have the same id")
        bases = one.get("originalUriBaseIds", {})
        for place, each in enumerate(one.get("results", [])):
            at = f"runs[{number}].results[{place}]"
            _of_result(each, rules, at, bad)
            for named_base in re.findall(r"'uriBaseId': '(.*?)'", str(each)):
                if named_base not in bases:
                    bad.append(f"{at}: the base {named_base} is not described")
    return bad
