// SPDX-License-Identifier: MIT
// The clock of the tsan flavour: virtual for a thread under a controlled schedule, where a deadline
// passes when the schedule lets it; the monotonic clock for all others.
#pragma once

#include <racekit/platform/tsan/unseen.hpp>

#include <chrono>
#include <cstdint>

namespace racekit {

namespace tsan {

/// How this thread reads the virtual time, in nanoseconds; null: no schedule controls it.
inline constinit thread_local std::int64_t (*read_virtual_time)() noexcept = nullptr;

/// How far the virtual time of past rounds has run ahead of the monotonic clock, in nanoseconds.
/// For other threads it is added to that clock, so that time never goes back.
inline constinit std::int64_t virtual_lead = 0;

RACEKIT_UNSEEN inline std::int64_t lead() noexcept {
    return __atomic_load_n(&virtual_lead, __ATOMIC_RELAXED);
}
RACEKIT_UNSEEN inline bool has_virtual_time() noexcept { return read_virtual_time != nullptr; }

}  // namespace tsan

struct clock {
    using duration = std::chrono::steady_clock::duration;
    using rep = duration::rep;
    using period = duration::period;
    using time_point = std::chrono::steady_clock::time_point;
    static constexpr bool is_steady = true;
    [[nodiscard]] static time_point now() noexcept {
        if (tsan::has_virtual_time()) return time_point(duration(tsan::read_virtual_time()));
        return std::chrono::steady_clock::now() + duration(tsan::lead());
    }
};

namespace tsan {

/// A deadline as the kernel counts it, for a thread that no schedule controls.
[[nodiscard]] inline clock::time_point real_deadline(clock::time_point limit) noexcept {
    bool const shifts = limit != clock::time_point::max() && limit.time_since_epoch().count() > 0;
    return shifts ? limit - clock::duration(lead()) : limit;
}

}  // namespace tsan
}  // namespace racekit
