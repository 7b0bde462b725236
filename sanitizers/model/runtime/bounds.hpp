// SPDX-License-Identifier: MIT
// The bounds and small types that all rooms of the model share.
#pragma once

#include <cstddef>
#include <cstdint>

namespace racekit::model {

inline constexpr int most_threads = 64;

using thread_set = std::uint64_t;  // bit i: thread i

[[nodiscard]] constexpr thread_set bit(int thread) { return thread_set(1) << thread; }
[[nodiscard]] constexpr int first_of(thread_set some) { return __builtin_ctzll(some); }
[[nodiscard]] constexpr thread_set first_threads(int count) {
    return count == most_threads ? ~thread_set(0) : bit(count) - 1;
}

/// An entry of a vector clock.
using timestamp = std::size_t;

/// How many stores of one object a load can reach back over, itself included.
namespace memory {
inline constexpr unsigned window = 8;
}

}  // namespace racekit::model
