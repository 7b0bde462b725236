// SPDX-License-Identifier: MIT
// Runs a whole program again and again, each time in a process of its own, and judges how it ended.
//
// The program has been started once: its static objects are constructed, main() is not called yet.
// Each round is a forked process that calls main() and what follows it. What the program prints
// goes nowhere, but for the last line, which a finding quotes; its standard input is empty. Nothing
// outlives a round: processes that the program started and left behind are killed.
#pragma once

#include <racekit/detector.hpp>

#include <cstdint>
#include <functional>
#include <optional>

namespace racekit {

/// How many threads there were before main(), of a sanitizer's runtime and this one left out. A
/// forked process does not have them.
inline int threads_before_main = 0;

/// Makes the threads of a round lose time at random; null: there is no noise in this program.
inline void (*begin_noise)(std::uint64_t seed) = nullptr;

struct program_budget {
    double seconds;
    std::uint64_t rounds;
};

/// Rounds within the budget, until there is a finding. `reported`, if any, is asked after each
/// round what the detector itself found in it; that goes before how the program ended.
[[nodiscard]] observation look_at_program(
    scenario const& what, variant which, settings const& how, program_budget budget,
    std::function<std::optional<finding>()> const& reported = nullptr);

}  // namespace racekit
