# SPDX-License-Identifier: MIT
"""racekit report: what the page says without a script, and what it refuses."""
from __future__ import annotations

import html
import json
import re
import sys
import unittest
from dataclasses import replace
from html.parser import HTMLParser
from typing import Any

import report_fixture
from fake_build import TOP, BuildTest, FakeBuild, scenario

sys.path.insert(0, str(TOP / "scripts"))

from racekit_cli import build_tree, catalogue, lessons, timelines  # noqa: E402
from racekit_cli.outcome import Problem  # noqa: E402
from racekit_cli.report import gather, graphs, lanes, markup, page, traces  # noqa: E402


class Nesting(HTMLParser):
    """Complains about elements that are not closed in order, ids that occur twice, and anything
    that would be fetched."""
    void = {"meta", "link", "input", "br", "img", "hr"}
    ends_by_itself = {"td", "th", "tr", "thead", "tbody", "li"}

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.wrong: list[str] = []
        self.ids: set[str] = set()

    def handle_starttag(self, name: str, attributes: list[tuple[str, str | None]]) -> None:
        if name not in self.void | self.ends_by_itself:
            self.open.append(name)
        for key, value in attributes:
            if key == "id":
                if value in self.ids:
                    self.wrong.append(f"the id {value} occurs twice")
                self.ids.add(value or "")
            if key in ("src", "href", "action") and not re.match(r"#|data:,$", value or ""):
                self.wrong.append(f"{name} {key}={value}")

    def handle_endtag(self, name: str) -> None:
        if not self.open or self.open.pop() != name:
            self.wrong.append(f"</{name}> at {self.getpos()}")


def graphs_in(text: str) -> dict[str, Any]:
    return markup.unpacked(re.search(r'id="graphs">(.*?)</script>', text, re.DOTALL)[1])


class Report(BuildTest):
    def setUp(self) -> None:
        super().setUp()
        report_fixture.enrol(self.build)
        self.file = self.folder / "report.html"

    def made(self, *more: str, run: bool = True) -> str:
        if run:
            self.build.racekit("run", "lost_update", "--reproduce", "0")
        ran = self.build.racekit("report", "--html", str(self.file), *more)
        self.assertEqual(ran.returncode, 0, ran.stdout + ran.stderr)
        self.said = ran.stdout
        return self.file.read_text()

    def words(self, text: str) -> str:
        text = re.sub(r"<(script|style).*?</\1>", "", text, flags=re.DOTALL)
        return " ".join(html.unescape(re.sub(r"<[^>]*>", " ", text)).split())

    def test_is_well_formed_and_fetches_nothing(self) -> None:
        text = self.made()
        parser = Nesting()
        parser.feed(text)
        parser.close()
        self.assertEqual((parser.wrong, parser.open), ([], []))
        self.assertNotRegex(text, r"@import|url\(|fetch\(|XMLHttpRequest|WebSocket|import\(")
        self.assertLess(len(text.encode()), page.largest)

    def test_says_everything_without_a_script(self) -> None:
        words = self.words(self.made())
        for said in ("DATA RACE on balance: expected 20, got 10. Found by model in execution 1",
                     "--schedule 0@1:1",
                     "Lost update. Two tellers add a deposit",
                     "no happens-before with step 3", "no happens-before with step 1",
                     "stale: reads 0; could read 1 (newest)",
                     "waits for gate, held by thread 0", "after step 3: unlock → lock",
                     "#0 racy::deposit(int) lost_update.cpp:18",
                     "10 </script><b> 10 ✗ forbidden",
                     "racy: the shortest break takes 4 steps",
                     "fixed: no choice breaks it",
                     "1. What an interleaving is", "Six orders"):
            self.assertIn(said, words)

    def test_how_often_a_finding_was_reproduced(self) -> None:
        self.build.racekit("run", "lost_update", "--reproduce", "2")
        words = self.words(self.made(run=False))
        self.assertIn("reproduced 2 of 2 with the same", words)

    def test_plots_say_where_they_come_from(self) -> None:
        mine = self.build.folder / "bench" / "lock.svg"
        mine.parent.mkdir(parents=True)
        mine.write_text((page.PUBLISHED / "lock.svg").read_text())
        words = self.words(self.made())
        self.assertIn("lock, measured with this build", words)
        self.assertIn("queue, published with racekit", words)

    def test_the_code_of_a_place_is_told_once(self) -> None:
        text = self.made()
        code = "<code>balance.write(balance.read() + amount);</code>"
        trace, = re.findall(r"<table class=trace>(?:(?!</table>).)*?of the racy variant.*?</table>",
                            text, re.DOTALL)
        self.assertEqual((trace.count("lost_update.cpp:18"), trace.count(code)), (4, 1))

    def test_lines_of_other_files(self) -> None:
        told = markup.unpacked(re.search(r'id="excerpts">(.*?)</script>', self.made())[1])
        file, line = report_fixture.OTHER
        place = f"{file.rpartition('/')[2]}:{line}"
        self.assertEqual(list(told), [place])
        self.assertIn(f"{line + 1:>4} ", told[place])

    def test_differing_lines_are_marked(self) -> None:
        text = self.made()
        added = re.findall(r'<td class="line add" data-line=\d+><code>(.*?)</code>', text)
        self.assertIn("+     racekit::mutex gate;", added)
        same = re.findall(r'<td class=line data-line=18><code>(.*?)</code>', text)
        self.assertEqual(len(same), 1)

    def test_text_of_a_program_ends_no_script(self) -> None:
        text = self.made()
        self.assertEqual(text.count("</script>"), 3)
        graph = graphs_in(text)["lock/lost_update"]["racy"]
        self.assertEqual(len(graph["break"]), 4)

    def test_a_verdict_of_another_build_is_named_and_left_out(self) -> None:
        self.made()
        verdict = self.build.folder / "verdicts" / "lock.lost_update.racy.model.json"
        told = json.loads(verdict.read_text())
        verdict.write_text(json.dumps(dict(told, binary="0123456789abcdef")))
        (self.build.folder / "verdicts" / "odd.json").write_text("{")
        text = self.made(run=False)
        self.assertIn("left out: lock.lost_update.racy.model.json: it is of another build of "
                      "lock.lost_update.model (0123456789ab, not ", self.said)
        self.assertIn("left out: odd.json: it cannot be read", self.said)
        self.assertIn("2 verdict files are left out", self.words(text))
        self.assertIn("Found by tsan", self.words(text))

    def test_a_verdict_of_a_scenario_that_is_not_asked_for_is_no_matter(self) -> None:
        self.build.racekit("run", "--all", "--reproduce", "0")
        self.made("lost_update", run=False)
        self.assertNotIn("left out", self.said)
        self.assertRegex(self.said, r"report\.html: 1 scenario, [\d,]+ bytes\n$")
        file = self.build.folder / "verdicts" / "lock.lost_update.racy.model.json"
        told = json.loads(file.read_text())
        file.with_name("other.json").write_text(json.dumps(dict(told, scenario="lock/gone")))
        self.made(run=False)
        self.assertIn("left out: other.json: this build has no lock/gone", self.said)

    def test_nothing_was_run_yet(self) -> None:
        words = self.words(self.made(run=False))
        self.assertIn("No finding of this build is known", words)
        self.assertIn("racy: not run", words)

    def test_bad_input(self) -> None:
        self.assert_refused(self.build.racekit("report"), 2, "--html")
        self.assert_refused(self.build.racekit("report", "--html", str(self.folder)), 2, "folder")
        self.assert_refused(self.build.racekit("report", "lost_updte", "--html",
                                               str(self.file)), 2, "did you mean")
        self.assert_refused(self.build.racekit("report", "--html", str(self.file), "--verdicts",
                                               str(self.folder / "gone")), 2, "no folder")
        self.assert_refused(self.build.racekit("report", "--html", "/dev/full"), 70,
                            "cannot write the page")

    def test_a_build_without_programs(self) -> None:
        build = FakeBuild(self.folder / "other")
        build.enrol(scenario(), unbuilt=("native", "tsan", "model"))
        self.assert_refused(build.racekit("report", "--html", str(self.file)), 2, "not built")


class Size(BuildTest):
    def test_a_page_of_many_scenarios_keeps_to_its_size(self) -> None:
        report_fixture.enrol(self.build)
        build = build_tree.open_build(self.build.folder)
        one, = catalogue.load(build, ["lock/lost_update"]).scenarios
        steps = [report_fixture.step(number % 2, f"write {number}", value=str(number))
                 for number in range(40)]
        found = dict(report_fixture.racy_finding(), steps=steps)
        big = {"complete": True, "threads": 2, "states": [
            {"edges": [{"thread": 0, "to": number + 1, "steps": [steps[number % 40]]}]}
            for number in range(1200)] + [{"edges": [], "ended": True}]}
        sources = sorted((TOP / "scenarios").glob("*/*.cpp"))
        entries = []
        for number in range(90):
            own = replace(one, id=f"lock/number_{number}", told=dict(one.told))
            entries.append(gather.Entry(own, sources[number % len(sources)].read_text(),
                                        findings={"racy": found, "fixed": found},
                                        graphs={"racy": big, "fixed": big}))
        text = page.render(gather.Gathered(entries, []), build, lessons.lessons(), page.Measured())
        self.assertLessEqual(len(text.encode()), page.largest)
        told = graphs_in(text)
        self.assertTrue(0 < len(told) < 90, len(told))
        self.assertIn("not here, for the page would be too large", text)


class Traces(unittest.TestCase):
    def test_the_racing_pair_and_the_failing_step(self) -> None:
        trace = traces.trace_of(report_fixture.racy_finding())
        self.assertEqual([row.races_with for row in trace.rows], [3, 0, 1, 0, 0])
        self.assertEqual([row.fails for row in trace.rows], [False, False, True, False, False])
        self.assertEqual(trace.objects, ["balance"])
        self.assertEqual([row.values for row in trace.rows][1:3], [[""], ["10"]])

    def test_a_write_by_another_name(self) -> None:
        found = report_fixture.racy_finding()
        found["steps"][2]["action"] = "take -> 0"
        self.assertEqual(traces.trace_of(found).rows[2].races_with, 1)

    def test_a_waiting_row_has_no_number(self) -> None:
        trace = traces.trace_of(dict(report_fixture.fixed_finding(), kind="deadlock"))
        self.assertEqual([row.number for row in trace.rows], [1, 0, 2, 3, 4, 5])
        self.assertEqual([row.fails for row in trace.rows], [False, True] + 4 * [False])

    @staticmethod
    def after(*steps: dict[str, Any]) -> list[int]:
        found = dict(report_fixture.fixed_finding(), steps=list(steps))
        return [row.after for row in traces.trace_of(found).rows]

    def test_what_a_lock_orders(self) -> None:
        trace = traces.trace_of(report_fixture.fixed_finding())
        self.assertEqual([row.after for row in trace.rows], [0, 0, 0, 0, 3, 0])
        self.assertEqual(trace.rows[4].after_words, "unlock → lock")
        lock = report_fixture.held(0)
        unlock = dict(lock, action="unlock", operation="unlock", value="free")
        self.assertEqual(self.after(lock, unlock, lock), [0, 0, 0])  # of its own thread
        other = dict(report_fixture.held(1), object="another")
        self.assertEqual(self.after(lock, unlock, other), [0, 0, 0])

    def test_what_an_atomic_orders(self) -> None:
        store = report_fixture.step(0, "store 1 release", operation="store", object="ready",
                                    order="release", value="1")
        load = report_fixture.step(1, "load -> 1 acquire", operation="load", object="ready",
                                   order="acquire", could_read=[
                                       {"value": "1", "step": 1, "newest": True, "read": True}])
        self.assertEqual(self.after(store, load), [0, 1])
        for changed in ((dict(store, order="relaxed"), load), (store, dict(load, order="relaxed")),
                        (store, dict(load, thread=0)), (dict(store, object="other"), load),
                        (store, dict(load, operation="compare_exchange")),
                        (store, dict(load, could_read=[{"value": "0", "step": 0, "read": True}]))):
            self.assertEqual(self.after(*changed), [0, 0], changed)


class Lanes(unittest.TestCase):
    @staticmethod
    def lines(drawn: str) -> list[str]:
        return html.unescape(re.sub(r"<[^>]*>", "", drawn.partition("</pre>")[0])).splitlines()

    def test_the_lanes_of_a_race(self) -> None:
        trace = traces.trace_of(report_fixture.racy_finding())
        self.assertEqual(self.lines(lanes.of_trace(trace)), [
            "thread 0 ####--------########", "thread 1 ----########", "race     ^^^^    ^^^^"])

    def test_a_blocked_thread_waits_until_it_goes_on(self) -> None:
        found = report_fixture.fixed_finding()
        self.assertEqual(self.lines(lanes.of_trace(traces.trace_of(found))), [
            "thread 0 ####----########", "thread 1 ----............########"])
        stuck = traces.trace_of(dict(found, kind="deadlock", steps=found["steps"][:3]))
        self.assertEqual(self.lines(lanes.of_trace(stuck)), [
            "thread 0 ####----####", "thread 1 ----........", "fails        ^^^^"])

    def test_the_lanes_of_many_steps(self) -> None:
        steps = [report_fixture.step(number % 2, "read -> 0") for number in range(100)]
        trace = traces.trace_of(dict(report_fixture.racy_finding(), places=[], steps=steps), 90)
        drawn = self.lines(lanes.of_trace(trace))
        self.assertEqual(drawn, ["thread 0 " + 45 * "#-", "thread 1 " + 45 * "-#"])

    def test_the_view_of_ways_of_running_work(self) -> None:
        one = timelines.Timeline("cpu", "processes", 2, 0.1, 2, 2, 1.5, 0, ("00-.+ ", " 11111"))
        view = lanes.of_models([one], {"cpu": "CPU-bound work"})
        self.assertIn("<h3>CPU-bound work</h3><h4>processes</h4>", view)
        self.assertIn("on 2 processors: 2 in progress, 2 running at once (1.50 on average)", view)
        self.assertIn('1 <i class=r>00</i>-<i class=w>.</i><i class=p>+</i>', view)
        self.assertEqual(lanes.of_models([], {}), "")

    def test_timelines_that_cannot_be_read_are_left_out(self) -> None:
        published = TOP / "tests" / "bench" / "figures" / "timelines.json"
        self.assertGreater(len(timelines.read(published)), 20)
        self.assertEqual(timelines.read(published.with_name("gone.json")), [])
        self.assertEqual(timelines.read(published.with_name("lock.svg")), [])


class Graphs(unittest.TestCase):
    def test_the_shortest_break(self) -> None:
        found = graphs.shortest_break(report_fixture.graph(False))
        self.assertEqual((len(found.edges), found.kind), (4, "failed check"))
        self.assertIsNone(graphs.shortest_break(report_fixture.graph(True)))

    def test_a_wrong_result_is_preferred_to_a_race(self) -> None:
        graph: dict[str, Any] = {"threads": 1, "states": [
            {"edges": [{"thread": 0, "to": 1, "steps": []}]},
            {"edges": [{"thread": 0, "to": 2, "steps": []}], "kind": "data race",
             "consequence": ""},
            {"edges": [], "ended": True, "kind": "data race", "consequence": "lost"}]}
        self.assertEqual(len(graphs.shortest_break(graph).edges), 2)
        graph["states"][2]["consequence"] = ""
        self.assertEqual(len(graphs.shortest_break(graph).edges), 1)

    def test_each_step_is_kept_once(self) -> None:
        told = graphs.compact(report_fixture.graph(False))
        self.assertEqual(len(told["steps"]), len({tuple(step) for step in told["steps"]}))
        self.assertEqual(len(told["states"]), len(report_fixture.graph(False)["states"]))


class Lessons(unittest.TestCase):
    def test_each_lesson_has_scenarios_that_exist(self) -> None:
        path = lessons.lessons()
        self.assertGreaterEqual(len(path), 14)
        for one in path:
            with self.subTest(one.number):
                self.assertTrue(one.question.endswith("?"), one.question)
                self.assertGreater(len(one.answer), 40)
                for name in one.scenarios:
                    self.assertTrue((TOP / "scenarios" / f"{name}.cpp").is_file(), name)

    def test_a_lesson_without_a_question(self) -> None:
        with self.assertRaises(Problem):
            lessons.parse("## 1. Title\nScenario: lock/lost_update\n\n**Answer.** Yes.\n")
        with self.assertRaises(Problem):
            lessons.parse("## 2. Title\nScenario: a/b\n\n**Question.** What?\n\n**Answer.** Yes.\n")


class Path(BuildTest):
    def test_list_shows_the_path(self) -> None:
        self.build.enrol(scenario())
        self.build.enrol(scenario("mine/own"))
        lines = self.build.racekit("list").stdout.splitlines()
        self.assertIn("  1. What an interleaving is: lock/lost_update", lines)
        self.assertFalse(any("A wake-up is a hint" in line for line in lines))
        self.assertNotIn("the learning path", self.build.racekit("list", "mine/*").stdout)


if __name__ == "__main__":
    unittest.main()
