// SPDX-License-Identifier: MIT
// The monotonic clock, and waits with a limit on any clock.
#pragma once

#include <racekit/platform/time_limit.hpp>

#if defined(RACEKIT_FLAVOUR_TSAN)
#include <racekit/platform/tsan/virtual_clock.hpp>
#endif

namespace racekit {

#if defined(RACEKIT_FLAVOUR_TSAN)
template <>
inline constexpr bool is_monotonic<clock> = true;
/// A deadline as the kernel counts it.
[[nodiscard]] inline deadline kernel_time(deadline limit) noexcept {
    return tsan::real_deadline(limit);
}
#else
using clock = std::chrono::steady_clock;
[[nodiscard]] inline deadline kernel_time(deadline limit) noexcept { return limit; }
#endif

/// Now plus `span`, at most `never`; a negative span gives a deadline that has passed.
[[nodiscard]] inline deadline after(duration span) { return from_now(clock::now(), span); }
template <class Rep, class Period>
[[nodiscard]] deadline after(std::chrono::duration<Rep, Period> span) {
    return after(saturated(span));
}

/// Calls wait(deadline), which returns false when the deadline passed, for a limit on any clock.
/// A clock that is not the monotonic one may be set: its limit has passed when that clock says so.
template <class Clock, class Span, class Wait>
bool wait_on_clock(std::chrono::time_point<Clock, Span> limit, Wait wait) {
    if constexpr (is_monotonic<Clock>) {
        return wait(deadline(saturated(limit.time_since_epoch())));
    } else {
        for (;;) {
            duration const left = time_left(limit, Clock::now());
            if (wait(left > duration::zero() ? after(left) : deadline::min())) return true;
            if (Clock::now() >= limit) return false;
        }
    }
}

}  // namespace racekit
