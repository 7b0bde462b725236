// SPDX-License-Identifier: MIT
// What the program does and the model cannot: an error that names it, and never silence.
#pragma once

#include <string>

namespace racekit::unmodified {

/// Ends the execution with the error `what`, at the line of the program that called.
[[noreturn]] void refuse(std::string const& what);

/// The same if the program runs: `call` would make a copy of this process.
void refuse_copy(std::string const& call);

}  // namespace racekit::unmodified
