// SPDX-License-Identifier: MIT
// The model's clock: a deadline passes when the explorer lets it, never by itself.
#pragma once

#include <racekit/platform/model/engine.hpp>

#include <chrono>

namespace racekit {

struct clock {
    using duration = std::chrono::steady_clock::duration;
    using rep = duration::rep;
    using period = duration::period;
    using time_point = std::chrono::steady_clock::time_point;
    static constexpr bool is_steady = true;
    [[nodiscard]] static time_point now() { return model::now(); }
};
using duration = clock::duration;
using deadline = clock::time_point;

inline constexpr deadline never = model::never;

[[nodiscard]] inline deadline after(duration span) {
    deadline const now = clock::now();
    if (span > duration::zero() && never - now < span) return never;
    return now + span;
}

}  // namespace racekit
