// SPDX-License-Identifier: MIT
// The bounds and small types that all rooms of the model share.
#pragma once

#include <cstddef>

namespace racekit::model {

inline constexpr int most_threads = 8;

using thread_set = unsigned;  // bit i: thread i

/// An entry of a vector clock.
using timestamp = std::size_t;

/// How many stores of one object a load can reach back over, itself included.
namespace memory {
inline constexpr unsigned window = 8;
}

}  // namespace racekit::model
