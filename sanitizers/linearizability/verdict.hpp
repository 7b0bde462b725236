// SPDX-License-Identifier: MIT
// A verdict on linearizability in words: always with the client that it is about.
#pragma once

#include <racekit/linearizable.hpp>

#include <string>

namespace racekit::linearity {

struct bounds {
    std::size_t programs = 0;  ///< that the client stands for
    std::string unit;          ///< "executions", "rounds"
    std::string words;         ///< "window 8, spurious budget 1"
};

[[nodiscard]] std::string words(subject const& what, linear_client const& client,
                                linear_verdict const& seen, bounds const& within,
                                std::string const& calls);

/// Of a long run; `history` is the rejected one.
[[nodiscard]] std::string words(subject const& what, linear_stress const& how,
                                linear_verdict const& seen, std::string const& history);

}  // namespace racekit::linearity
