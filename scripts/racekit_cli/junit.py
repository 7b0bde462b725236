# SPDX-License-Identifier: MIT
"""The verdicts as JUnit XML: a suite per family, a case per run."""
from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from xml.etree import ElementTree as xml

from .runs import Result


def _case(suite: xml.Element, one: Result) -> None:
    told = one.verdict
    run = one.run
    case = xml.SubElement(suite, "testcase",
                          classname=f"{run.scenario.family}.{run.scenario.name}",
                          name=f"{run.variant}.{run.detector}", time=f"{told['seconds']:.3f}",
                          file=told["file"])
    properties = xml.SubElement(case, "properties")
    for name, value in (("promise", told["promise"]["sight"]), ("saw", told["saw"]),
                        ("reach", f"{told['reach']['words']} {told['reach']['unit']}".strip()),
                        ("seed", str(told["seed"])),
                        ("schedule", (told["finding"] or {}).get("schedule", ""))):
        xml.SubElement(properties, "property", name=name, value=value)
    if one.word == "skipped":
        xml.SubElement(case, "skipped", message=told["why"])
    elif one.word == "failed":
        xml.SubElement(case, "error", type="failed", message=told["why"])
    elif one.word != "kept":
        xml.SubElement(case, "failure", type=one.word, message=told["why"])
    if one.text and one.word != "kept":
        printable = "".join(sign for sign in one.text if sign in "\n\t" or sign >= " ")
        xml.SubElement(case, "system-out").text = printable


def write(results: Sequence[Result], file: Path) -> None:
    top = xml.Element("testsuites", name="racekit")
    families = list(dict.fromkeys(one.run.scenario.family for one in results))
    for family in families:
        members = [one for one in results if one.run.scenario.family == family]
        suite = xml.SubElement(top, "testsuite", name=family)
        for one in members:
            _case(suite, one)
    for element in [top, *top]:
        cases = list(element.iter("testcase"))
        element.set("tests", str(len(cases)))
        element.set("failures", str(sum(one.find("failure") is not None for one in cases)))
        element.set("errors", str(sum(one.find("error") is not None for one in cases)))
        element.set("skipped", str(sum(one.find("skipped") is not None for one in cases)))
        element.set("time", f"{sum(float(one.get('time', '0')) for one in cases):.3f}")
    xml.indent(top)
    file.parent.mkdir(parents=True, exist_ok=True)
    partial = file.with_suffix(".xml.partial")
    xml.ElementTree(top).write(partial, encoding="utf-8", xml_declaration=True)
    partial.replace(file)
