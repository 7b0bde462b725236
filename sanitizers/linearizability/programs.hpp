// SPDX-License-Identifier: MIT
// Generates all programs up to a number of threads and call sequences, the smallest first, without
// symmetric ones.
#pragma once

#include <racekit/linearizable.hpp>

#include <string>
#include <vector>

namespace racekit::linearity {

/// By thread, the numbers of its sequences.
using program = std::vector<std::vector<unsigned>>;

/// Programs that differ only in which thread is which are one. A role is run by one thread at
/// most.
[[nodiscard]] std::vector<program> programs(subject const& what, linear_client const& client);

/// The most calls that the program makes.
[[nodiscard]] std::size_t calls_of(subject const& what, program const& of);

/// A line for each thread: "push(1); push(2)".
[[nodiscard]] std::vector<std::string> lines_of(subject const& what, program const& of);

/// Whether the specification allows a state in which all unfinished threads are blocked.
[[nodiscard]] bool can_wait_for_ever(subject const& what, program const& of);

}  // namespace racekit::linearity
