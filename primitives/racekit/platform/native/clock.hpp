// SPDX-License-Identifier: MIT
// The monotonic clock and deadlines on it.
#pragma once

#include <chrono>

#if defined(RACEKIT_FLAVOUR_TSAN)
#include <racekit/platform/tsan/virtual_clock.hpp>
#endif

namespace racekit {

#if !defined(RACEKIT_FLAVOUR_TSAN)
using clock = std::chrono::steady_clock;
#endif
using duration = clock::duration;

/// A point on the monotonic clock. deadline::max() means never.
using deadline = clock::time_point;

inline constexpr deadline never = deadline::max();

/// Now plus `span`, saturating at `never`; a negative span is a deadline that has passed.
[[nodiscard]] inline deadline after(duration span) {
    deadline const now = clock::now();
    if (span > duration::zero() && never - now < span) return never;
    return now + span;
}

}  // namespace racekit
