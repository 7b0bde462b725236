// SPDX-License-Identifier: MIT
// Code of the process that was not compiled for the model, and so is not seen.
#pragma once

#include <string>
#include <vector>

namespace racekit::unmodified {

/// Functions of the program with atomic instructions: a compiler that makes calls of these leaves
/// none, so they are of inline assembly, or of a static library that was compiled without.
[[nodiscard]] std::vector<std::string> functions_with_atomic_instructions();

/// Shared libraries that are neither the program's nor the system's own.
[[nodiscard]] std::vector<std::string> other_libraries();

}  // namespace racekit::unmodified
