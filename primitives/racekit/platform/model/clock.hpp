// SPDX-License-Identifier: MIT
// The model's clock: a deadline passes when the explorer lets it, never by itself.
#pragma once

#include <racekit/platform/model/engine.hpp>
#include <racekit/platform/time_limit.hpp>


namespace racekit {

struct clock {
    using duration = racekit::duration;
    using rep = duration::rep;
    using period = duration::period;
    using time_point = deadline;
    static constexpr bool is_steady = true;
    [[nodiscard]] static time_point now() { return model::now(); }
};
template <>
inline constexpr bool is_monotonic<clock> = true;

[[nodiscard]] inline deadline after(duration span) { return from_now(clock::now(), span); }
template <class Rep, class Period>
[[nodiscard]] deadline after(std::chrono::duration<Rep, Period> span) {
    return after(saturated(span));
}

/// Calls wait(deadline). Of a clock of the real world only one bit counts, whether the limit has
/// passed when the call begins: everything else would make executions differ.
template <class Clock, class Span, class Wait>
bool wait_on_clock(std::chrono::time_point<Clock, Span> limit, Wait wait) {
    if constexpr (is_monotonic<Clock>) {
        return wait(deadline(saturated(limit.time_since_epoch())));
    } else {
        bool const passed = limit <= Clock::now();
        return wait(passed ? deadline::min() : after(std::chrono::seconds(1)));
    }
}

}  // namespace racekit
