// SPDX-License-Identifier: MIT
// Waits between processes, which look again from time to time.
//
// The included flavour has its futexes first.
#pragma once

#include <racekit/platform/native/clock.hpp>

#include <algorithm>
#include <chrono>
#include <cstdint>

namespace racekit {

/// A process that dies between its store and its wake-up leaves others asleep, and one that dies
/// holding a permit changes no word at all. So no sleep between processes lasts longer than this.
inline constexpr std::chrono::milliseconds recheck_period{50};

/// The sleeps of one wait. The first ones are short: it costs little to look again soon, once.
class rechecking_sleep {
public:
    /// Sleeps while `word` holds `expected`, until a wake, `limit`, or 2 ms, then 4 ms and so on up
    /// to recheck_period. Returns whether `limit` passed. The caller tests its condition again in
    /// any case.
    bool wait(atomic<std::uint32_t> const& word, std::uint32_t expected, deadline limit) {
        deadline const look_again = after(period_);
        period_ = std::min(2 * period_, recheck_period);
        return futex_wait_until(word, expected, std::min(limit, look_again),
                                futex_scope::process_shared) == futex_result::timed_out &&
               limit <= look_again;
    }

private:
    std::chrono::milliseconds period_{2};
};

}  // namespace racekit
