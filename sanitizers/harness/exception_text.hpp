// SPDX-License-Identifier: MIT
// What an exception in flight says of itself.
#pragma once

#include <string>

namespace racekit {

/// "std::runtime_error: what it says". Call it inside a catch block.
[[nodiscard]] std::string current_exception_text();

}  // namespace racekit
