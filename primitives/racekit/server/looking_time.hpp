// SPDX-License-Identifier: MIT
// looking_time: how long to look for something before sleeping: as long as it was right lately.
//
// A look that finds something saves a sleep and a wake-up, some 10 us. A look that finds nothing
// takes the processor from the one that is waited for, if there are more threads than processors.
// So the time halves with each look that found nothing, and grows with each that did; after a few
// sleeps that were shorter than the longest look it is tried again.
#pragma once

#include <racekit/platform.hpp>

#include <algorithm>
#include <chrono>

namespace racekit {

class looking_time {
public:
    explicit looking_time(duration longest) : longest_(longest), now_(longest) {}

    /// Zero: do not look.
    [[nodiscard]] duration span() const { return now_; }
    void found() { now_ = std::min(longest_, 2 * now_ + least); }
    /// It found nothing.
    void missed() { now_ = now_ / 2 < least ? duration::zero() : now_ / 2; }
    /// It slept for that long instead.
    void slept(duration how_long) {
        if (how_long >= longest_) short_sleeps_ = 0;
        else if (++short_sleeps_ >= few) now_ = longest_, short_sleeps_ = 0;
    }

private:
    static constexpr duration least = std::chrono::microseconds(2);
    static constexpr int few = 8;

    duration longest_;
    duration now_;
    int short_sleeps_ = 0;
};

}  // namespace racekit
