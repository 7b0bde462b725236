// SPDX-License-Identifier: MIT
// Deadlines as the kernel takes them.
#pragma once

#include <racekit/platform/native/clock.hpp>

#include <ctime>

namespace racekit {

/// `span`, of zero or more, as a timespec.
[[nodiscard]] inline timespec to_timespec(duration span) noexcept {
    auto const seconds = std::chrono::floor<std::chrono::seconds>(span);
    timespec result{};
    result.tv_sec = static_cast<std::time_t>(seconds.count());
    result.tv_nsec = static_cast<long>((span - seconds).count());
    return result;
}

/// The point on CLOCK_MONOTONIC. The kernel refuses points before the clock's epoch, which have
/// passed: they become the epoch.
[[nodiscard]] inline timespec to_timespec(deadline limit) noexcept {
    duration const since = kernel_time(limit).time_since_epoch();
    return to_timespec(since < duration::zero() ? duration::zero() : since);
}

/// How long it is until `limit`; zero if it has passed.
[[nodiscard]] inline timespec timespec_until(deadline limit) noexcept {
    deadline const now = clock::now();
    return to_timespec(limit <= now ? duration::zero() : limit - now);
}

/// A deadline as a system call takes it: a pointer to a timespec, null for `never`.
class kernel_deadline {
public:
    explicit kernel_deadline(deadline limit) noexcept : at_(to_timespec(limit)), limit_(limit) {}
    [[nodiscard]] timespec const* get() const noexcept {
        return limit_ == never ? nullptr : &at_;
    }

private:
    timespec at_;
    deadline limit_;
};

}  // namespace racekit
