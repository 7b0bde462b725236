// SPDX-License-Identifier: MIT
// Code of the process that was not compiled for the model, and so is not seen.
#pragma once

#include <set>
#include <string>
#include <vector>

namespace racekit::unmodified {

/// Functions of the program with instructions that this way of compiling leaves no call for. The
/// compiler makes calls of atomic ones and of fences, so those are of inline assembly, or of a
/// library that was compiled without. Those of 32 bytes, or of a long double, clang leaves alone.
struct unseen_functions {
    std::set<std::string> atomic;
    std::set<std::string> of_odd_size;
};
[[nodiscard]] unseen_functions functions_with_unseen_instructions();

/// Types whose accesses clang leaves alone, by the debug information.
[[nodiscard]] std::set<std::string> types_of_odd_size();

/// Sources of the program that were not compiled this way, as its symbols name them.
[[nodiscard]] std::vector<std::string> uninstrumented_sources();

/// Shared libraries that are neither the program's nor the system's own.
[[nodiscard]] std::vector<std::string> other_libraries();

}  // namespace racekit::unmodified
