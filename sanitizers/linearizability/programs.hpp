// SPDX-License-Identifier: MIT
// All programs of so many threads and passages, the smallest first, one of each kind.
#pragma once

#include <racekit/linearizable.hpp>

#include <string>
#include <vector>

namespace racekit::linearity {

/// By thread, the numbers of its passages.
using program = std::vector<std::vector<unsigned>>;

/// Programs that differ only in which thread is which are one. A role is played by one thread at
/// most.
[[nodiscard]] std::vector<program> programs(subject const& what, linear_client const& client);

/// How many calls it makes at most.
[[nodiscard]] std::size_t calls_of(subject const& what, program const& of);

/// A line for each thread: "push(1); push(2)".
[[nodiscard]] std::vector<std::string> lines_of(subject const& what, program const& of);

/// Whether by the specification it can come to a stand, each thread finished or waiting.
[[nodiscard]] bool can_wait_for_ever(subject const& what, program const& of);

}  // namespace racekit::linearity
