// SPDX-License-Identifier: MIT
// The verdict as a person reads it: what was found, the interleaving with a column per thread, how
// to replay it.
#pragma once

#include "interleaving.hpp"

#include <racekit/detector.hpp>

#include <string>

namespace racekit {

[[nodiscard]] std::string to_text(scenario const& what, variant which, char const* detector,
                                  observation const& seen, verdict const& judged);

/// "2 switches, the fewest there are"
[[nodiscard]] std::string switches_in_words(finding const& what);

}  // namespace racekit
