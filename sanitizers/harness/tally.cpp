// SPDX-License-Identifier: MIT
#include "tally.hpp"

#include "failed_checks.hpp"

#include "core/run_record.hpp"

#include <utility>

namespace racekit {

void tally::begin() {
    failed_checks::reset();
    this_run().begin_round();
}

void tally::end(test_instance& instance, std::uint64_t round, int number) {
    bool const broken = failed_checks::failures_in(number) != 0;
    failed_checks::failure const first =
        broken ? failed_checks::first() : failed_checks::failure{};
    std::string label = instance.outcome();
    this_run().end_round();
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

void tally::keep(finding what, std::uint64_t round) {
    if (seen_.found) return;
    what.found_in = round;
    seen_.found = std::move(what);
}

}  // namespace racekit
