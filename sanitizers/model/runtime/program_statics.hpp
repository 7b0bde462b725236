// SPDX-License-Identifier: MIT
// The variables of the program that outlive an execution: globals, statics of classes and
// functions.
#pragma once

#include <span>
#include <vector>

namespace racekit::model {

using byte_ranges = std::vector<std::span<unsigned char const>>;

/// Those that the code under test defines, by the program's own table of symbols; not the kit's,
/// which change all the time. Empty if the program has no such table. Reads it at the first call,
/// in some milliseconds.
[[nodiscard]] byte_ranges const& program_statics();

}  // namespace racekit::model
