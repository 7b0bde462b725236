// SPDX-License-Identifier: MIT
// Types of the program that the compiler does not instrument, by the debug information: clang adds
// no call to an access of 3, 5, 6 or 7 bytes, as bit-fields may need, or of more than 16.
#pragma once

#include <set>
#include <string>

namespace racekit::unmodified {

/// Adds to `into` those of a file of ELF: "bit-fields of B7", "unsigned _BitInt". Nothing without
/// debug information of DWARF 5 that is not compressed.
void add_odd_types(std::string const& path, std::set<std::string>& into);

}  // namespace racekit::unmodified
