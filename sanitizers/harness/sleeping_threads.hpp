// SPDX-License-Identifier: MIT
// Whether the threads of another process sleep for ever.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace racekit {

/// If each thread of the process sleeps on a futex without a deadline, and the process has no
/// child that could wake one: how often they have slept so far. The same number a while later
/// proves that none was awake between. `but`: threads of a sanitizer's runtime. Nothing where the
/// kernel does not show it.
[[nodiscard]] std::optional<std::uint64_t> all_sleep_without_end(int process,
                                                                 std::span<int const> but);

/// Adds the threads of the process that sleep at the same instruction as one of `helpers`: a
/// sanitizer's runtime may start more of its own.
void add_their_like(int process, std::vector<int>& helpers);

/// The ids of the threads of a process, in ascending order.
[[nodiscard]] std::vector<int> threads_of(int process);

}  // namespace racekit
