// SPDX-License-Identifier: MIT
// Counts the outcomes of rounds, and keeps the first finding.
#pragma once

#include <racekit/registry.hpp>
#include <racekit/verdict.hpp>

#include <cstdint>

namespace racekit {

/// Call begin(), run test instances, then call end() for each of them. The label of an outcome is
/// the one that the test body returns; if it returns none, the text of the first failed check.
class tally {
public:
    explicit tally(observation& seen) : seen_(seen) {}

    /// `seed`: of what racekit::choose() returns in this round.
    void begin(std::uint64_t seed);
    /// `number`: the one given to failed_checks::enter() for this instance.
    void end(test_instance& instance, std::uint64_t round, int number = 0);

    /// Without a finding, the run is inconclusive if no round fulfilled its assumptions, or if it
    /// ended because threads wait for one that stopped at an assumption.
    void conclude_from_assumptions(bool waits_for_stopped);

    /// Keeps the finding if it is the first.
    void keep(finding what, std::uint64_t round);

private:
    observation& seen_;
    bool judged_any_ = false;
};

}  // namespace racekit
