// SPDX-License-Identifier: MIT
#include "tally.hpp"

#include "claims.hpp"

#include "core/run_record.hpp"

#include <utility>

namespace racekit {

void tally::begin() {
    claims::reset();
    this_run().begin_round();
}

void tally::end(stage& story, std::uint64_t round, int number) {
    bool const broken = claims::failures_in(number) != 0;
    claims::failure const first = broken ? claims::first() : claims::failure{};
    std::string label = story.outcome();
    this_run().end_round();
    if (label.empty()) label = broken ? first.detail : "as claimed";
    if (label.empty()) label = first.claim;
    outcome_count& counted = seen_.outcomes[label];
    ++counted.times;
    if (!broken) return;
    counted.allowed = false;
    finding found;
    found.kind = "failed check";
    found.consequence = first.detail.empty() ? first.claim : first.claim + ": " + first.detail;
    found.places.push_back({"claim " + first.claim, first.file, first.line, false});
    keep(std::move(found), round);
}

void tally::keep(finding what, std::uint64_t round) {
    if (seen_.found) return;
    what.found_in = round;
    seen_.found = std::move(what);
}

}  // namespace racekit
