// SPDX-License-Identifier: MIT
// The text of a verdict on linearizability. It always contains the client.
#pragma once

#include <racekit/linearizable.hpp>

#include <string>

namespace racekit::linearity {

struct bounds {
    std::size_t programs = 0;  ///< all programs of the client
    std::string unit;          ///< "executions", "rounds"
    std::string words;         ///< "spurious budget 1, one death"
};

[[nodiscard]] std::string words(subject const& what, linear_client const& client,
                                linear_verdict const& seen, bounds const& within,
                                std::string const& calls);

/// The text for a long run; `history` is the text of the rejected history.
[[nodiscard]] std::string words(subject const& what, linear_stress const& how,
                                linear_verdict const& seen, std::string const& history);

}  // namespace racekit::linearity
