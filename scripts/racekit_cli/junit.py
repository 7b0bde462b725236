# SPDX-License-Identifier: MIT
"""The verdicts as JUnit XML: a suite per family, a case per run."""
from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from xml.etree import ElementTree as xml

from .build_tree import Build
from .catalogue import Unusable
from .reproducing import in_words
from .runs import Result
from .written import write_file


def _case(suite: xml.Element, one: Result, build: Build) -> None:
    told = one.verdict
    run = one.run
    case = xml.SubElement(suite, "testcase",
                          classname=f"{run.scenario.family}.{run.scenario.name}",
                          name=f"{run.variant}.{run.detector}", time=f"{told['seconds']:.3f}",
                          file=build.relative(told["file"]))
    properties = xml.SubElement(case, "properties")
    for name, value in (("promise", told["promise"]["sight"]), ("saw", told["saw"]),
                        ("reach", f"{told['reach']['words']} {told['reach']['unit']}".strip()),
                        ("seed", str(told["seed"])),
                        ("schedule", (told["finding"] or {}).get("schedule", ""))):
        xml.SubElement(properties, "property", name=name, value=value)
    if told.get("reproduced"):
        xml.SubElement(properties, "property", name="reproduced", value=in_words(one))
    if one.word == "skipped":
        xml.SubElement(case, "skipped", message=told["why"])
    elif one.word == "failed":
        xml.SubElement(case, "error", type="failed", message=told["why"])
    elif one.word != "kept":
        xml.SubElement(case, "failure", type=one.word, message=told["why"])
    if one.text and one.word != "kept":
        printable = "".join(sign for sign in one.text if sign in "\n\t" or sign >= " ")
        xml.SubElement(case, "system-out").text = printable


def _unusable_case(suite: xml.Element, one: Unusable) -> None:
    case = xml.SubElement(suite, "testcase", classname=one.id.replace("/", "."), name="enrolment",
                          time="0.000", file=one.file)
    xml.SubElement(case, "error", type="failed", message=one.why)


def write(results: Sequence[Result], unusable: Sequence[Unusable], build: Build,
          file: Path) -> None:
    top = xml.Element("testsuites", name="racekit")
    families = list(dict.fromkeys([one.run.scenario.family for one in results]
                                  + [one.id.split("/")[0] for one in unusable]))
    for family in families:
        suite = xml.SubElement(top, "testsuite", name=family)
        for one in results:
            if one.run.scenario.family == family:
                _case(suite, one, build)
        for bad in unusable:
            if bad.id.split("/")[0] == family:
                _unusable_case(suite, bad)
    for element in [top, *top]:
        cases = list(element.iter("testcase"))
        element.set("tests", str(len(cases)))
        element.set("failures", str(sum(one.find("failure") is not None for one in cases)))
        element.set("errors", str(sum(one.find("error") is not None for one in cases)))
        element.set("skipped", str(sum(one.find("skipped") is not None for one in cases)))
        element.set("time", f"{sum(float(one.get('time', '0')) for one in cases):.3f}")
    xml.indent(top)
    text = xml.tostring(top, encoding="unicode", xml_declaration=True)
    write_file(file, text.replace("encoding='us-ascii'", "encoding='utf-8'"), "JUnit file",
               "--junit")
