// SPDX-License-Identifier: MIT
// A controlled round as text: its seed, and a seal.
//
//     f893a2eefb32555e~5c1e90ab12cd.data_race
//
// The seed gives the schedule. The seal says which scenario and variant it belongs to (four
// digits), what steps it must give (eight; none for a round that crashed) and what is found there.
// Without a seal nothing is checked.
#pragma once

#include <racekit/finding.hpp>
#include <racekit/registry.hpp>

#include <cstdint>
#include <string>
#include <vector>

namespace racekit::tsan {

struct round_schedule {
    std::uint64_t seed = 0;
    std::string owner = {};        ///< four hex digits; empty: unsealed
    std::string fingerprint = {};  ///< eight hex digits; empty: unknown
    std::string kind = {};         ///< what it leads to; empty: unknown
};

[[nodiscard]] std::string to_text(round_schedule const& what);

/// Throws usage_error: it is none of this detector's.
[[nodiscard]] round_schedule parse_round_schedule(std::string const& text);

[[nodiscard]] std::string owner_of(scenario const& what, variant which);

/// Threads and their operations, in order; lines and values are no part of it.
[[nodiscard]] std::string fingerprint_of(std::vector<step> const& steps);

}  // namespace racekit::tsan
