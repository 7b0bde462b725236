// SPDX-License-Identifier: MIT
// The size of a cache line: data that different threads write lies at least this far apart.
#pragma once

#include <cstddef>

namespace racekit {

/// Fixed, because std::hardware_destructive_interference_size depends on compiler flags, and all
/// sources of a program must agree on the layout of a lock.
inline constexpr std::size_t cache_line = 64;

}  // namespace racekit
