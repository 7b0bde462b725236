// SPDX-License-Identifier: MIT
// hang_watch: decides, from looks at the processes of a round, when they hang.
//
// Only time that was watched counts: between two looks at most `longest_gap`. A watcher that was
// not run for seconds itself, or a machine that was stopped, has seen no process sleep meanwhile.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace racekit {

/// What one look at a process that has not ended shows.
struct process_sight {
    std::size_t self = 0;
    bool sleeps = false;
    std::uint64_t progress = 0;      ///< grows whenever it runs
    std::chrono::nanoseconds ran{};  ///< processor time
};

class hang_watch {
public:
    using time = std::chrono::steady_clock::time_point;
    /// How often to look.
    static constexpr auto interval = std::chrono::milliseconds(100);

    hang_watch(std::size_t processes, time now) : ran_(processes), began_(now), last_look_(now) {}

    /// One of them has ended.
    void has_progress() { asleep_ = {}; }
    /// A look at those that have not. True: they hang.
    [[nodiscard]] bool hang(time now, std::span<process_sight const> running) {
        auto const between = now - last_look_;
        auto const watched = std::min<std::chrono::nanoseconds>(between, longest_gap);
        last_look_ = now;
        bool asleep = true;
        bool starved = false;
        std::uint64_t sum = 0;
        for (process_sight const& each : running) {
            asleep = asleep && each.sleeps;
            starved = starved || (!each.sleeps && each.ran - ran_[each.self] < between / 2);
            ran_[each.self] = each.ran;
            sum += each.progress;
        }
        if (!asleep || sum != progress_) asleep_ = {};
        else asleep_ += watched;
        progress_ = sum;
        if (!starved) given_ += watched;
        return asleep_ > asleep_too_long || given_ > longest_round ||
               now - began_ > longest_busy_round;
    }

private:
    /// If all remaining processes sleep this long without waking up, they wait for each other.
    static constexpr auto asleep_too_long = std::chrono::milliseconds(1000);
    /// After this time even processes that run or wake up count as hung; time in which one of them
    /// waited for a processor is left out.
    static constexpr auto longest_round = std::chrono::milliseconds(4000);
    /// After this time they do in any case.
    static constexpr auto longest_busy_round = std::chrono::seconds(60);
    static constexpr auto longest_gap = std::chrono::milliseconds(200);

    std::vector<std::chrono::nanoseconds> ran_;
    std::uint64_t progress_ = 0;
    std::chrono::nanoseconds asleep_{};
    std::chrono::nanoseconds given_{};
    time began_;
    time last_look_;
};

}  // namespace racekit
