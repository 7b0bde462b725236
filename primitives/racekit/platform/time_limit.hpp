// SPDX-License-Identifier: MIT
// Time points and spans of any clock as deadlines on the monotonic clock, for every flavour.
//
// The flavour's clock.hpp defines `clock` and includes this.
#pragma once

#include <racekit/platform/chrono.hpp>

#include <ratio>
#include <type_traits>

namespace racekit {

using duration = std::chrono::nanoseconds;

/// A time point of the monotonic clock. A wait with the deadline `never` has no deadline.
using deadline = std::chrono::time_point<std::chrono::steady_clock, duration>;

static_assert(std::is_same_v<deadline, std::chrono::steady_clock::time_point>,
              "racekit expects a steady clock that counts nanoseconds");

inline constexpr deadline never = deadline::max();

/// `span` in nanoseconds, rounded up; what does not fit becomes the nearest end of the range, and a
/// NaN the lower end.
template <class Rep, class Period>
[[nodiscard]] constexpr duration saturated(std::chrono::duration<Rep, Period> span) {
    using exact = std::chrono::duration<long double, std::nano>;
    if constexpr (std::is_same_v<std::chrono::duration<Rep, Period>, duration>) {
        return span;
    } else {
        exact const wanted = span;
        if (!(wanted > exact(duration::min()))) return duration::min();
        if (wanted >= exact(duration::max())) return duration::max();
        return std::chrono::ceil<duration>(wanted);
    }
}

/// `span` from `now`, at most `never`; a negative span gives a deadline that has passed.
[[nodiscard]] constexpr deadline from_now(deadline now, duration span) {
    duration const since = now.time_since_epoch();
    if (span > duration::zero() && since > duration::max() - span) return never;
    if (span < duration::zero() && since < duration::min() - span) return deadline::min();
    return now + span;
}

/// The clocks whose time points are deadlines as they are.
template <class Clock>
inline constexpr bool is_monotonic = std::is_same_v<Clock, std::chrono::steady_clock>;

/// How long it is from `now` to `limit`, in nanoseconds; not positive if the limit has passed.
template <class Clock, class Span>
[[nodiscard]] constexpr duration time_left(std::chrono::time_point<Clock, Span> limit,
                                           typename Clock::time_point now) {
    using exact = std::chrono::duration<long double, std::nano>;
    if (limit <= now) return duration::zero();
    return saturated(exact(limit.time_since_epoch()) - exact(now.time_since_epoch()));
}

}  // namespace racekit
