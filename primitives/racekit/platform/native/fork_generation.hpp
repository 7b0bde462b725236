// SPDX-License-Identifier: MIT
// fork_generation: how an object notices that it is in a forked child.
#pragma once

#include <cstdint>
#include <pthread.h>

namespace racekit {

namespace fork_detail {

inline constinit std::uint64_t generation = 0;

/// A child has one thread when the handler runs, so a plain variable will do.
inline bool const is_counting = [] {
    ::pthread_atfork(nullptr, nullptr, [] { ++generation; });
    return true;
}();

}  // namespace fork_detail

/// How many forks lie between the start of the program and this process. A lock that another thread
/// held at the fork stays locked in the child, and what a stream had read ahead is there twice: an
/// object that stores this number when it is made compares it at each call. Wait-free.
[[nodiscard]] inline std::uint64_t fork_generation() noexcept { return fork_detail::generation; }

}  // namespace racekit
