# SPDX-License-Identifier: MIT
"""Who may include whom (a floor may look down, never up), and the style of the house."""
from __future__ import annotations

import re
import unittest
from collections.abc import Iterator
from pathlib import Path

TOP = Path(__file__).resolve().parents[3]

# What each floor may include: itself and those named.
PRIMITIVES = {
    "platform": set(),
    "lock": {"platform"},
    "queue": {"platform", "lock"},
    "shared": {"platform", "lock"},
    "task": {"platform", "lock"},
    "pipe": {"platform", "lock", "queue", "shared"},
    "process": {"platform", "lock", "queue", "shared", "pipe"},
    "server": {"platform", "lock", "queue", "shared", "pipe", "process"},
}
FACE = {"check", "detector", "enrolment", "explore", "fifo_monitor", "finding", "finding_kind",
        "linear_subject", "linearizable", "promise", "registry", "scenario", "state_graph",
        "verdict"}
SHARED_BY_DETECTORS = {"core", "harness", "linearizability", "runner"}
# Programs as they are run over the model's engine, as the objects of the platform do.
BELOW = {"unmodified": {"model"}}
# The rooms of sanitizers/model, floor by floor from the bottom.
MODEL_FLOORS = [{"runtime"}, {"memory"}, {"core"}, {"objects", "strategies"}, {"schedules"},
                {"search"}, {"detector"}]
# What may see the engine's inside: the objects are made of it. All others use core/engine.hpp.
INSIDE = {"execution", "scheduler", "object_table", "store_choice", "loop_watch", "recorder"}
# Functions that have more than 60 lines: tables, and those that still wait to be divided.
LONG_FUNCTIONS = {"rows", "of_locks", "of_waiting", "of_queues", "of_shared_values", "step",
                  "look", "test_processes::run", "run", "atomic_compare_exchange"}
TOP_NAMES = {"CHANGELOG.md", "CMakeLists.txt", "CMakePresets.json", "CONTRIBUTING.md",
             "LICENSE", "README.md", "primitives",
             "sanitizers", "scenarios", "scripts", "tests"}

_include = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]', re.MULTILINE)


def cpp(*folders: str) -> Iterator[Path]:
    for folder in folders:
        for file in sorted((TOP / folder).rglob("*")):
            if file.suffix in (".hpp", ".cpp") and file.is_file():
                yield file


def includes(file: Path) -> Iterator[tuple[str, str]]:
    """(bracket, path) of each include."""
    yield from _include.findall(file.read_text())


def model_target(file: Path, path: str) -> tuple[str, str]:
    """The room of the model that an include leads to, and the file's stem; or nothing."""
    for target in (file.parent / path, TOP / "sanitizers" / path):
        if target.is_file() and target.is_relative_to(TOP / "sanitizers" / "model"):
            return target.relative_to(TOP / "sanitizers" / "model").parts[0], target.stem
    return "", ""


_text = re.compile(r'//[^\n]*|/\*.*?\*/|R"\((?:.|\n)*?\)"|"(?:\\.|[^"\\\n])*"|'
                   r"'(?:\\.|[^'\\\n])'|^[ \t]*#(?:[^\n]*\\\n)*[^\n]*", re.MULTILINE | re.DOTALL)
_opens_function = re.compile(r"\)[\w\s&:<>,*\[\]()-]*$")
_no_function = re.compile(r"^\s*(?:namespace|class|struct|union|enum|extern)\b|=\s*$|\]\s*\(.*$")


def functions(text: str) -> Iterator[tuple[str, int]]:
    """The name and the number of lines of each function body, lambdas within it included."""
    text = _text.sub(lambda found: re.sub(r"[^\n]", " ", found[0]), text)
    depth, within, begun, begin = 0, -1, 0, 0
    name = ""
    for at, each in enumerate(text):
        if each == "{":
            head = text[begin:at]
            if within < 0 and _opens_function.search(head) and not _no_function.search(head):
                within, begun = depth, at
                named = re.search(r"([\w~:]+)\s*\(", head)
                name = named[1] if named else ""
            depth += 1
        elif each == "}":
            depth -= 1
            if depth == within:
                yield name, text.count("\n", begun, at) + 1
                within = -1
        if each in "{};":
            begin = at + 1


def face(path: str) -> str:
    """The name of a header of the public face, or nothing: racekit/scenario.hpp is `scenario`."""
    found = re.fullmatch(r"racekit/(\w+)\.hpp", path)
    return found[1] if found and found[1] != "platform" else ""


def floor(path: str) -> str:
    """The primitive floor a header belongs to, or nothing."""
    found = re.match(r"racekit/(\w+)[./]", path)
    return found[1] if found and found[1] in PRIMITIVES else ""


def relative(file: Path) -> str:
    return str(file.relative_to(TOP))


class Layers(unittest.TestCase):
    def test_primitives_look_down_only(self) -> None:
        for file in cpp("primitives"):
            own = floor(relative(file).removeprefix("primitives/"))
            with self.subTest(relative(file)):
                self.assertTrue(own, "belongs to no floor")
                for bracket, path in includes(file):
                    self.assertEqual(bracket, "<", f'"{path}": write <racekit/...>')
                    self.assertFalse(face(path), f"{path} is above the primitives")
                    if path.startswith("racekit/"):
                        self.assertIn(floor(path), PRIMITIVES[own] | {own}, path)

    def test_only_the_platform_touches_the_operating_system(self) -> None:
        for file in cpp("primitives"):
            if floor(relative(file).removeprefix("primitives/")) == "platform":
                continue
            for _, path in includes(file):
                with self.subTest(relative(file)):
                    self.assertFalse(path.endswith(".h"), path)
                    self.assertNotIn(path, ("thread", "condition_variable", "shared_mutex"))

    def test_only_the_platform_knows_flavours(self) -> None:
        for file in cpp("primitives", "scenarios"):
            if floor(relative(file).removeprefix("primitives/")) != "platform":
                with self.subTest(relative(file)):
                    self.assertNotIn("RACEKIT_FLAVOUR", file.read_text())

    def test_the_face_knows_only_the_platform(self) -> None:
        for file in cpp("sanitizers/racekit"):
            for bracket, path in includes(file):
                with self.subTest(relative(file)):
                    self.assertEqual(bracket, "<", path)
                    self.assertIn(floor(path), ("", "platform"), path)

    def test_detectors_know_the_face_the_platform_and_their_own_folder(self) -> None:
        for file in cpp("sanitizers"):
            own = file.relative_to(TOP / "sanitizers").parts[0]
            if own == "racekit":
                continue
            for bracket, path in includes(file):
                with self.subTest(relative(file)):
                    if bracket == "<":
                        self.assertIn(floor(path), ("", "platform"), path)
                        continue
                    target = (file.parent / path).resolve()
                    if not target.is_file():
                        target = TOP / "sanitizers" / path
                    self.assertTrue(target.is_file(), f'"{path}" is not there')
                    self.assertTrue(target.is_relative_to(TOP / "sanitizers"), path)
                    other = target.relative_to(TOP / "sanitizers").parts[0]
                    if own not in SHARED_BY_DETECTORS:
                        self.assertIn(other, SHARED_BY_DETECTORS | BELOW.get(own, set()) | {own},
                                      path)

    def test_rooms_of_the_model_look_down_only(self) -> None:
        floors = {room: number for number, rooms in enumerate(MODEL_FLOORS) for room in rooms}
        folder = TOP / "sanitizers" / "model"
        rooms = {path.name for path in folder.iterdir() if path.is_dir()}
        self.assertEqual(rooms, set(floors))
        for file in cpp("sanitizers/model"):
            own = file.relative_to(folder).parts[0]
            for _, path in includes(file):
                room, _ = model_target(file, path)
                if room and room != own:
                    with self.subTest(relative(file)):
                        self.assertLess(floors[room], floors[own], path)

    def test_the_inside_of_the_engine_is_for_the_objects(self) -> None:
        for file in cpp("sanitizers", "tests"):
            if relative(file).startswith(("sanitizers/model/core/", "sanitizers/model/objects/",
                                          "sanitizers/unmodified/")):
                continue
            for _, path in includes(file):
                room, stem = model_target(file, path)
                with self.subTest(relative(file)):
                    self.assertFalse(room == "core" and stem in INSIDE, path)
                    self.assertFalse(room == "objects" and stem.endswith("_state"), path)

    def test_scenarios_know_primitives_and_the_scenario_form(self) -> None:
        allowed = {"scenario", "check", "promise", "registry"}
        for file in cpp("scenarios"):
            for bracket, path in includes(file):
                with self.subTest(relative(file)):
                    if bracket == '"':  # a header shared by the scenarios of a folder
                        self.assertTrue((file.parent / path).is_file(), path)
                        self.assertNotIn("/", path)
                        continue
                    if path.startswith("racekit/"):
                        self.assertTrue(face(path) in allowed or floor(path), path)
                    self.assertNotRegex(path, r"^racekit/platform/", "the platform is one header")

    def test_relacy_is_in_exactly_one_file(self) -> None:
        folders = ("primitives", "sanitizers", "scenarios", "tests", "scripts")
        users = [relative(file) for file in cpp(*folders)
                 if any(path.startswith("relacy") for _, path in includes(file))]
        self.assertLessEqual(len(users), 1, users)
        for file in users:
            self.assertTrue(file.startswith("sanitizers/model/") and file.endswith(".cpp"), file)

    def test_one_generator_and_one_budget(self) -> None:
        """What was there several times is in one header each."""
        for text, home in (("0xbf58476d1ce4e5b9", "sanitizers/core/splitmix.hpp"),
                           ("class basic_budget", "sanitizers/core/budget.hpp")):
            users = [relative(file) for file in cpp("primitives", "sanitizers", "tests")
                     if text in file.read_text().lower()]
            self.assertEqual(users, [home], text)
        for file in cpp("sanitizers"):
            with self.subTest(relative(file)):
                self.assertNotRegex(file.read_text(), r"\b(?:class|struct) budget\b")

    def test_what_wraps_a_strategy_derives_from_the_forwarding_base(self) -> None:
        """A class that is a strategy and holds another one would lose the calls it leaves out."""
        direct = re.compile(r"class (\w+)[^;{]*: *public (?:model::)?strategy\b")
        for file in cpp("sanitizers"):
            names = set(direct.findall(file.read_text()))
            with self.subTest(relative(file)):
                self.assertLessEqual(names, {"simple_strategy", "forwarding", "exhaustive"})

    def test_scripts_include_nothing(self) -> None:
        self.assertEqual(list(cpp("scripts")), [])


class Style(unittest.TestCase):
    def sources(self) -> Iterator[Path]:
        yield from cpp("primitives", "sanitizers", "scenarios", "tests")
        for folder in ("scripts", "tests"):
            yield from sorted((TOP / folder).rglob("*.py"))
        yield from (TOP / "scripts" / name for name in ("race", "test", "setup", "racekit",
                                                        "steps.bash"))

    def test_lines(self) -> None:
        for file in self.sources():
            wrong = [f"{number}: {why}"
                     for number, line in enumerate(file.read_text().splitlines(), 1)
                     for why, is_so in (("over 100 columns", len(line) > 100),
                                        ("a tab", "\t" in line),
                                        ("space at the end", line != line.rstrip()))
                     if is_so]
            with self.subTest(relative(file)):
                self.assertEqual(wrong, [])

    def test_functions_fit_a_screen(self) -> None:
        for file in cpp("primitives", "sanitizers", "scenarios", "tests"):
            long = {name for name, lines in functions(file.read_text()) if lines > 60}
            with self.subTest(relative(file)):
                self.assertLessEqual(long, LONG_FUNCTIONS)

    def test_headers_are_included_once(self) -> None:
        for file in cpp("primitives", "sanitizers", "scenarios", "tests"):
            if file.suffix == ".hpp":
                with self.subTest(relative(file)):
                    self.assertIn("#pragma once", file.read_text())

    def test_race_marks_are_in_lessons_and_tests_only(self) -> None:
        for file in cpp("primitives", "sanitizers"):
            with self.subTest(relative(file)):
                self.assertNotRegex(file.read_text(), r"(?m);.*// <- race\s*$")

    def test_nothing_else_at_the_top(self) -> None:
        names = {path.name for path in TOP.iterdir()
                 if not path.name.startswith((".", "build", "__pycache__"))}
        self.assertLessEqual(names, TOP_NAMES)

    def test_the_build_names_no_scenario(self) -> None:
        text = (TOP / "CMakeLists.txt").read_text() + (
            TOP / "scenarios" / "CMakeLists.txt").read_text()
        for file in cpp("scenarios"):
            self.assertNotIn(file.stem, text)

    def test_the_readme_fits_a_first_hour(self) -> None:
        self.assertLessEqual(len((TOP / "README.md").read_text().splitlines()), 150)

    def test_every_folder_says_what_it_is(self) -> None:
        for folder in ("primitives", "sanitizers", "scenarios", "scripts", "tests"):
            with self.subTest(folder):
                self.assertTrue((TOP / folder / "README.md").is_file())


if __name__ == "__main__":
    unittest.main()
