// SPDX-License-Identifier: MIT
// Counts what rounds came to, and keeps the first finding.
#pragma once

#include <racekit/registry.hpp>
#include <racekit/verdict.hpp>

#include <cstdint>

namespace racekit {

/// begin(), then for each story told: end(). Outcomes are counted under the story's own label or,
/// where it gives none, under what the first broken claim says.
class tally {
public:
    explicit tally(observation& seen) : seen_(seen) {}

    void begin();
    /// `number`: as the story's claims were noted under.
    void end(stage& story, std::uint64_t round, int number = 0);

    /// Keeps it if it is the first.
    void keep(finding what, std::uint64_t round);

private:
    observation& seen_;
};

}  // namespace racekit
