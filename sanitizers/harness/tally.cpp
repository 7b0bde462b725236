// SPDX-License-Identifier: MIT
#include "tally.hpp"

#include "choices.hpp"
#include "failed_checks.hpp"

#include "core/run_record.hpp"

#include <utility>

namespace racekit {

void tally::begin(std::uint64_t seed) {
    failed_checks::reset();
    choices::begin_round(seed);
    this_run().begin_round();
    ++rounds_;
}

test_instance* tally::begin(instance_memory& memory, std::uint64_t seed) {
    begin(seed);
    test_instance& instance = memory.build();
    if (choices::fulfil([&] { instance.before(); })) return &instance;
    memory.tear_down();
    return nullptr;
}

bool tally::finish(test_instance& instance, bool finished) {
    bool const judged = failed_checks::is_judged(0);
    if (finished && judged) (void)choices::fulfil([&] { instance.after(); });
    return judged;
}

void tally::end(test_instance& instance, std::uint64_t round, int number) {
    bool const broken = failed_checks::failures_in(number) != 0;
    failed_checks::failure const first = broken ? failed_checks::first() : failed_checks::failure{};
    bool const judged = failed_checks::is_judged(number);
    std::string label = judged ? instance.outcome() : "";
    this_run().end_round();
    if (!judged && !broken) return;
    judged_any_ = true;
    if (label.empty()) label = broken ? first.detail : "all checks hold";
    if (label.empty()) label = first.condition;
    outcome_count& counted = seen_.outcomes[label];
    ++counted.times;
    if (!broken) return;
    counted.allowed = false;
    finding found;
    found.kind = "failed check";
    found.consequence =
        first.detail.empty() ? first.condition : first.condition + ": " + first.detail;
    found.places.push_back({"check " + first.condition, first.file, first.line, false});
    keep(std::move(found), round);
}

void tally::conclude_from_assumptions(bool waits_for_stopped) {
    if (seen_.found || rounds_ == 0 || (judged_any_ && !waits_for_stopped)) return;
    seen_.how = observation::state::inconclusive;
    seen_.trouble = waits_for_stopped
                        ? "an assumption of one thread failed, and others wait for that thread for "
                          "ever: bound their wait, or explore the scenario in the model"
                        : "the assumptions held in no round: each one ended in assume(false)";
}

void tally::keep(finding what, std::uint64_t round) {
    if (seen_.found) return;
    what.found_in = round;
    seen_.found = std::move(what);
}

}  // namespace racekit
