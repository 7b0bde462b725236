// SPDX-License-Identifier: MIT
// The type and message of the exception that is being handled.
#pragma once

#include <string>

namespace racekit {

/// For example "std::runtime_error: message". Call it inside a catch block.
[[nodiscard]] std::string current_exception_text();

}  // namespace racekit
