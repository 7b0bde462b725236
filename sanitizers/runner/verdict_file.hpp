// SPDX-License-Identifier: MIT
// The file that a verdict is left in.
#pragma once

#include <string>

namespace racekit::runner {

/// Takes away what an earlier run left, so that it is not taken for this one's verdict. If it
/// cannot: one line on stderr, and the program ends with 70.
void remove_verdict(std::string const& path);

/// Writes it whole or not at all, so that a reader never sees half a verdict. If it cannot: one
/// line on stderr, and the program ends with 70.
void write_verdict(std::string const& path, std::string const& text);

}  // namespace racekit::runner
