# SPDX-License-Identifier: MIT
"""racekit mutate: which orders are weakened to what, what is complained of, what is printed."""
from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import unittest
from dataclasses import replace
from pathlib import Path

from fake_build import TOP, FakeBuild, scenario

sys.path.insert(0, str(TOP / "scripts"))

from racekit_cli import catalogue, mutate_command, selection  # noqa: E402
from racekit_cli.build_tree import open_build  # noqa: E402
from racekit_cli.mutants import all_primitives, last_score, nameless, program  # noqa: E402
from racekit_cli.outcome import Problem  # noqa: E402

HEADER = """\
struct bell_orders {
    static constexpr auto ring = std::memory_order_release;   // -> hear: what was said before
    static constexpr auto hear = std::memory_order_acquire;   // -> ring: hears it
    static constexpr auto swap = std::memory_order_acq_rel;   // -> ring: both
    static constexpr auto see = std::memory_order_seq_cst;    // -> say: the store-load pair
    static constexpr auto say = std::memory_order_seq_cst;    // -> see: as see
    static constexpr auto both = std::memory_order_seq_cst;   // -> see: as see
    static constexpr auto glance = std::memory_order_relaxed;  // advice
    static constexpr bool recheck = true;  // after a wake
};
template <class orders = bell_orders>
class basic_bell {
    void all() {
        word_.load(orders::see);
        word_.store(1, orders::say);
        word_.exchange(value_of(1), orders::both);
    }
};
"""

MUTANT = {"name": "ring", "from": "release", "to": "relaxed", "line": 2, "beyond": "",
          "caught": True, "wrong": False,
          "clients": [{"client": "one", "finding": "", "executions": 9},
                      {"client": "two", "finding": "data race", "executions": 1234}]}


def seen(*mutants: dict) -> dict:
    return {"primitive": "lock/bell", "quick": False, "sound": True, "orders": 7, "steps": 1,
            "clients": [], "mutants": list(mutants)}


class Mutating(unittest.TestCase):
    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.tree = Path(folder.name)
        self.write("primitives/racekit/lock/bell.hpp", HEADER)
        self.write("tests/mutation/bell.hpp", "// beyond hear: it is\n//     so\n// Clients.\n")

    def write(self, name: str, text: str) -> None:
        file = self.tree / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)

    def complaints(self) -> list[str]:
        found = [line for one in all_primitives(self.tree) for line in one.complaints()]
        return found + list(nameless(self.tree))

    def test_each_order_becomes_what_is_just_weaker(self) -> None:
        [bell] = all_primitives(self.tree)
        self.assertEqual([(one.name, one.before, one.after) for one in bell.orders.mutants()],
                         [("ring", "release", "relaxed"), ("hear", "acquire", "relaxed"),
                          ("swap", "acq_rel", "acquire"), ("swap", "acq_rel", "release"),
                          ("see", "seq_cst", "acquire"), ("say", "seq_cst", "release"),
                          ("both", "seq_cst", "acq_rel"), ("recheck", "step", "left out")])
        self.assertEqual(self.complaints(), [])

    def test_each_mutant_and_the_original_are_a_pair_with_a_name(self) -> None:
        [bell] = all_primitives(self.tree)
        self.assertEqual(bell.pairs(), [f"lock/bell.{name}" for name in (
            "ring", "hear", "swap.acquire", "swap.release", "see", "say", "both", "recheck")])

    def test_pairs_are_meant_by_names_with_a_dot(self) -> None:
        build = FakeBuild(self.tree / "build")
        build.enrol(scenario())
        opened = replace(open_build(build.folder), source=self.tree)
        self.assertNotIn("lock/bell.ring", catalogue.ids_meant(opened, ["lock/*"]))
        known = catalogue.ids_meant(opened, ["bell.r*"])
        self.assertEqual(selection.by_name(["bell.r*"], known),
                         ["lock/bell.ring", "lock/bell.recheck"])
        self.assertEqual(opened.program("lock/bell.ring", "model"),
                         build.folder / "bin" / "mutation.bell")
        self.assertIsNone(opened.program("lock/bell.ring", "tsan"))

    def test_the_last_score_in_a_line(self) -> None:
        file = self.tree / "seen.json"
        self.assertIn("not weakened", last_score(file, self.tree, "racekit"))
        alive = {**MUTANT, "caught": False, "wrong": True}
        beyond = {**alive, "wrong": False, "beyond": "it is so"}
        file.write_text(json.dumps([seen(MUTANT, alive), seen(MUTANT, beyond)]))
        self.assertEqual(last_score(file, self.tree, "racekit"),
                         "4 weakened or steps left out, 2 caught, 1 declared beyond the engine, "
                         "1 SURVIVE")
        later = file.stat().st_mtime + 1
        os.utime(self.tree / "primitives/racekit/lock/bell.hpp", (later, later))
        self.assertIn("sources have changed", last_score(file, self.tree, "racekit"))

    def test_the_program_has_every_mutant_and_the_reasons(self) -> None:
        [bell] = all_primitives(self.tree)
        text = program(bell)
        self.assertIn("struct mutant_1 : racekit::bell_orders { static constexpr auto ring = "
                      "std::memory_order_relaxed; };", text)
        self.assertIn("static constexpr bool recheck = false;", text)
        self.assertIn('{"hear", "acquire", "relaxed", 3, "it is so", clients<mutant_2>},', text)

    def test_a_reason_for_an_order_that_nobody_weakens_is_a_problem(self) -> None:
        self.write("tests/mutation/bell.hpp", "// beyond glance: it is so\n")
        with self.assertRaises(Problem):
            program(all_primitives(self.tree)[0])

    def test_complaints(self) -> None:
        self.write("primitives/racekit/lock/bell.hpp", HEADER
                   .replace("// -> hear: what was said before", "")
                   .replace("// -> ring: hears it", "// -> nobody: hears it")
                   .replace("word_.load(orders::see)", "word_.load()"))
        self.write("primitives/racekit/queue/row.hpp", "void f() { at_.fetch_add(one(1)); }\n")
        self.write("primitives/racekit/queue/line.hpp", "x.load(std::memory_order_relaxed);\n")
        (self.tree / "tests/mutation/bell.hpp").unlink()
        told = "\n".join(self.complaints())
        for words in ("lock/bell has no mutation clients", "bell.hpp:2: ring (release) has no",
                      "bell.hpp:3: hear (acquire) names no partner",
                      "bell.hpp:14: load() without a named order",
                      "row.hpp:1: fetch_add() without a named order",
                      "line.hpp: orders without names"):
            self.assertIn(words, told)

    def test_generating_one_reads_no_other_header(self) -> None:
        self.write("primitives/racekit/lock/half.hpp", "struct half_orders {\n    what\n};\n")
        file = self.tree / "made.cpp"
        command = [sys.executable, "-B", str(TOP / "scripts" / "racekit"), "mutate", "--tree",
                   str(self.tree), "--generate", str(file)]
        ran = subprocess.run([*command, "bell"], capture_output=True, text=True, check=False)
        self.assertEqual((ran.returncode, ran.stderr), (0, ""))
        self.assertIn("mutant_8", file.read_text())
        ran = subprocess.run([*command, "half"], capture_output=True, text=True, check=False)
        self.assertNotEqual(ran.returncode, 0)
        self.assertIn("half.hpp:2: neither an order, a marked step nor a comment", ran.stderr)

    def test_a_line_for_each_mutant(self) -> None:
        alive = {**MUTANT, "name": "hear", "caught": False, "wrong": True, "clients": []}
        beyond = {**alive, "name": "see", "wrong": False, "beyond": "it is so"}
        self.assertEqual(mutate_command.lines([seen(MUTANT, alive, beyond)]), [
            "lock/bell  ring  release -> relaxed  data race in 'two', execution 1,234",
            "lock/bell  hear  release -> relaxed  SURVIVES",
            "lock/bell  see   release -> relaxed  beyond the engine: it is so"])

    def test_the_block_of_the_readme(self) -> None:
        alive = {**MUTANT, "name": "hear", "caught": False, "wrong": True, "clients": []}
        file = self.tree / "seen.json"
        file.write_text(json.dumps([seen(MUTANT, alive), {**seen(MUTANT), "sound": False}]))
        text = mutate_command.block(file)
        self.assertIn("| lock/bell | 7 | 1 | 2 | 1 | 0 | 1 | 50 % |\n", text)
        self.assertIn("| lock/bell | 7 | 1 | 1 | 1 | 0 | 0 | void |\n", text)
        self.assertIn("| all | 14 | 2 | 3 | 2 | 0 | 1 | 66 % |\n", text)


if __name__ == "__main__":
    unittest.main()
