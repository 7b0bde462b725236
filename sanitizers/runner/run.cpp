// SPDX-License-Identifier: MIT
// Runs one (scenario, variant, detector) and delivers a verdict, however the run ends.
#include "run.hpp"

#include "json.hpp"
#include "layout.hpp"
#include "options.hpp"
#include "print.hpp"
#include "standard_streams.hpp"
#include "supervised.hpp"
#include "verdict_file.hpp"

#include "core/run_record.hpp"
#include "core/source_line.hpp"
#include "harness/exception_text.hpp"

#include <racekit/enrolment.hpp>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <iostream>

namespace {

using namespace racekit;
using namespace racekit::runner;

/// What is to be run.
struct request {
    scenario const& what;
    variant which;
    detector const& looker;
    promise said;
    options const& asked;
};

scenario const& chosen(std::string const& id) {
    auto const& all = registry();
    for (scenario const& one : all) {
        if ((id.empty() && all.size() == 1) || one.id() == id || one.name == id) return one;
    }
    if (!enrolment_errors().empty()) {
        std::cerr << "racekit: " << enrolment_errors().front().file << ": "
                  << enrolment_errors().front().text << "\n";
        std::exit(exit_internal);
    }
    if (all.empty()) complain("no scenario is linked into this program");
    complain(id.empty()
                 ? "this program holds several scenarios: name one with --scenario (see --list)"
                 : "unknown scenario '" + id + "': see --list for those in this program");
}

variant chosen_variant(std::string const& name, scenario const& what) {
    if (name != "racy" && name != "fixed")
        complain("--variant is racy or fixed, not '" + name + "'");
    variant const which = name == "racy" ? variant::racy : variant::fixed;
    if (!what.has(which)) complain(what.id() + " is a test: it has the variant fixed only");
    return which;
}

detector const& chosen_detector(std::string const& name) {
    std::string known;
    for (detector const& one : detectors()) {
        if (one.name == name) return one;
        known += std::string(known.empty() ? "" : ", ") + one.name;
    }
    complain("unknown detector '" + name + "': this program has " + known);
}

/// A line for each detector of this program, then one for each run that its scenarios promise, also
/// by detectors of other flavours.
void print_runs() {
    for (detector const& each : detectors()) std::cout << "detector " << each.name << "\n";
    for (enrolment_error const& each : enrolment_errors())
        std::cout << "error " << each.file << ": " << each.text << "\n";
    for (scenario const& what : registry()) {
        for (char const* const detector : promising_detectors()) {
            if (promised(what, detector).sight == sight::absent) continue;
            for (variant const which : {variant::racy, variant::fixed}) {
                if (!what.has(which)) continue;
                std::cout << what.family << "." << what.name << " " << name(which) << " "
                          << detector << "\n";
            }
        }
    }
}

/// Of a run that is kept otherwise.
verdict judge_robustness(observation const& seen) {
    using answer = robustness::answer;
    answer const is = seen.robust ? seen.robust->is : answer::unknown;
    std::string const why = seen.robust ? seen.robust->why : "this detector cannot tell";
    return {is == answer::robust       ? judgement::kept
            : is == answer::not_robust ? judgement::broken
                                       : judgement::inconclusive,
            std::string(name(is)) + ": " + why};
}

/// Judges what was seen, writes it down, prints it: the exit code.
int deliver(request const& run, observation const& seen) {
    options const& asked = run.asked;
    char const* const by = run.looker.name;
    verdict judged = judge(run.which, run.said, seen, run.what.about.never_passes);
    if (asked.how.robust == settings::robustness::required && judged.what == judgement::kept)
        judged = judge_robustness(seen);
    if (!asked.json_file.empty()) {
        write_verdict(asked.json_file,
                      to_json(run.what, run.which, by, asked.how, seen, judged));
    }
    if (!asked.quiet && output_was_closed()) {
        std::cerr << "racekit: the standard output is closed: the verdict is not printed; the exit "
                     "code tells it\n";
    } else if (!asked.quiet) {
        std::cout << to_text(run.what, run.which, by, seen, judged);
    }
    if (!std::cout.flush()) {
        std::cerr << "racekit: cannot write to the standard output: " << std::strerror(errno)
                  << "\n";
        return exit_internal;
    }
    return exit_code(judged.what);
}

/// The test body threw where no thread of it ran.
observation threw(std::string const& consequence) {
    run_record const& record = this_run();
    observation seen;
    seen.how = observation::state::found;
    seen.far = {reach::kind::sampled, record.round.load(std::memory_order_relaxed), "rounds", ""};
    seen.found.emplace();
    seen.found->kind = "uncaught exception";
    seen.found->consequence = consequence;
    seen.found->found_in = seen.far.count;
    seen.found->schedule = record.schedule;
    return seen;
}

/// A data race must touch a line that the scenario marks, or the marks are wrong. (TSan's detector
/// has a kind of its own for one that does not.) Without the source there are no marks to see.
void check_marks(request const& run, observation& seen) {
    if (!run.what.has_marks || !seen.found) return;
    if (!is_readable(run.what.file)) {
        seen.warnings.push_back(
            {"source", std::string(run.what.file) +
                           " cannot be read: the finding lacks names of objects, and whether its "
                           "lines are marked is not known; run it where its source lies"});
        return;
    }
    if (seen.found->kind != "data race") return;
    auto const is_marked = [](auto const& one) { return one.marked; };
    if (std::ranges::any_of(seen.found->places, is_marked) ||
        std::ranges::any_of(seen.found->steps, is_marked))
        return;
    seen.warnings.push_back({"marks", std::string("no line of this race ends in `// <- race` in ") +
                                          run.what.file + ": mark the lines that race"});
}

/// What the detector sees, whatever it throws; a usage error is one line and exit_usage.
int look_and_deliver(request const& run) {
    observation seen;
    try {
        seen = run.looker.look(run.what, run.which, run.asked.how);
    } catch (usage_error const& wrong) {
        std::cerr << "racekit: " << wrong.what() << "\n";
        return exit_usage;
    } catch (test_body_error const& known) {
        seen = threw(known.what());
    } catch (...) {
        std::string const text = current_exception_text();
        if (this_run().in_round.load(std::memory_order_relaxed)) {
            seen = threw("before() or after() of the test body threw " + text);
        } else {
            seen.how = observation::state::failed;
            seen.trouble = std::string("the ") + run.looker.name + " detector threw " + text;
        }
    }
    check_marks(run, seen);
    return deliver(run, seen);
}

/// After what is printed and no verdict; an exit code that says nothing needs the text.
int flushed(int code) {
    if (output_was_closed()) {
        std::cerr << "racekit: cannot write to the standard output: it is closed\n";
        return code == EXIT_SUCCESS ? exit_internal : code;
    }
    if (std::cout.flush()) return code;
    std::cerr << "racekit: cannot write to the standard output: " << std::strerror(errno) << "\n";
    return exit_internal;
}

}  // namespace

namespace racekit::runner {

int run(int count, char** words) {
    open_closed_streams();
    options const asked = read_options(count, words);
    if (asked.width > 0) set_output_width(asked.width);
    if (asked.list) {
        std::cout << catalogue_json();
        return flushed(0);
    }
    if (asked.kinds) {
        std::cout << kinds_json();
        return flushed(0);
    }
    if (asked.runs) {
        print_runs();
        return flushed(0);
    }
    scenario const& what = chosen(asked.scenario);
    variant const which = chosen_variant(asked.variant, what);
    detector const& looker = chosen_detector(asked.detector);
    if (asked.how.exact && asked.how.schedule.empty()) complain("--exact is for a --schedule");
    request const run{what, which, looker, promised(what, looker.name), asked};
    if (run.said.sight == sight::absent) {
        std::cout << "SKIPPED: " << what.id() << " " << name(which) << ": " << looker.name
                  << " is absent (" << run.said.words << ")\n";
        return flushed(exit_skipped);
    }
    if (!asked.json_file.empty()) remove_verdict(asked.json_file);
    if (asked.in_process) std::_Exit(look_and_deliver(run));
    early_end const ended = supervised([&] { return look_and_deliver(run); });
    std::_Exit(deliver(run, observed(ended, what, looker.name)));
}

}  // namespace racekit::runner
