// SPDX-License-Identifier: MIT
// The clock of the model as the C library's clocks show it: all of them show the same.
#pragma once

#include <racekit/platform/model/engine.hpp>

#include <ctime>

namespace racekit::unmodified {

/// The model's clock begins at zero; the program's at a time that no program takes for none.
inline constexpr std::chrono::seconds first_second{1'000'000'000};

[[nodiscard]] inline model::instant instant_of(timespec const& time) {
    std::chrono::nanoseconds const since =
        std::chrono::seconds(time.tv_sec) + std::chrono::nanoseconds(time.tv_nsec) - first_second;
    return model::instant(since);
}

[[nodiscard]] inline timespec timespec_of(model::instant time) {
    std::chrono::nanoseconds const since = time.time_since_epoch() + first_second;
    return {since.count() / 1'000'000'000, since.count() % 1'000'000'000};
}

}  // namespace racekit::unmodified
