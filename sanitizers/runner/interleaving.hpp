// SPDX-License-Identifier: MIT
// The interleaving of a finding as a table: a column per thread, then the values of the objects it
// touches, then the source lines.
#pragma once

#include <racekit/finding.hpp>

#include <string>

namespace racekit {

/// No wider than output_width(): cells that do not fit take several lines, value columns that do
/// not fit are left out. Steps that repeat are printed once, with their number.
[[nodiscard]] std::string interleaving(finding const& what);

}  // namespace racekit
