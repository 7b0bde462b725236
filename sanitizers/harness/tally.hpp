// SPDX-License-Identifier: MIT
// Counts the outcomes of rounds, and keeps the first finding.
#pragma once

#include "instance_memory.hpp"

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
    /// The same with one new instance. Null if an assumption of its before() failed: then the round
    /// is over.
    [[nodiscard]] test_instance* begin(instance_memory& memory, std::uint64_t seed);
    /// Calls after(), if the threads have finished. Whether the instance is judged.
    bool finish(test_instance& instance, bool finished);
    /// `number`: the one given to failed_checks::enter() for this instance.
    void end(test_instance& instance, std::uint64_t round, int number = 0);

    /// Without a finding, the run is inconclusive if no round fulfilled its assumptions, or if it
    /// ended because threads wait for one that stopped at an assumption.
    void conclude_from_assumptions(bool waits_for_stopped);

    /// Keeps the finding if it is the first.
    void keep(finding what, std::uint64_t round);

private:
    observation& seen_;
    std::uint64_t rounds_ = 0;
    bool judged_any_ = false;
};

}  // namespace racekit
