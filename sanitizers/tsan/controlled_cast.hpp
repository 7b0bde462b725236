// SPDX-License-Identifier: MIT
// The same cast of threads through all rounds, under the controlled schedule.
//
// Two gates are visible to TSan, so that building the stage happens before every act and every act
// before after(): opened_ and finished_. Between them nothing is visible but what the story does.
#pragma once

#include "controller.hpp"

#include <racekit/registry.hpp>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <string>
#include <thread>
#include <vector>

namespace racekit::tsan {

class controlled_cast {
public:
    explicit controlled_cast(int members, std::vector<int> symbolizer = {});
    /// Joins. A cast whose last round did not finish must be released, not destroyed: its threads
    /// never end.
    ~controlled_cast();
    controlled_cast(controlled_cast const&) = delete;
    controlled_cast& operator=(controlled_cast const&) = delete;

    /// Plays one round. Anything but `finished` leaves the threads where they are for good.
    /// With `look_away` TSan does not check the members' accesses, and reports no race: each report
    /// takes ten milliseconds or more.
    [[nodiscard]] controller::ending play(stage& story, std::uint64_t seed,
                                          std::chrono::nanoseconds patience,
                                          bool look_away = false);

    /// Of the last round: an exception that escaped a member, "" if none.
    [[nodiscard]] std::string const& escaped() const { return escaped_; }
    [[nodiscard]] controller const& schedule() const { return schedule_; }

private:
    void member(int self);

    controller schedule_;
    std::atomic<int> opened_{0};    // rounds begun; release -> the member sees the stage
    std::atomic<int> finished_{0};  // release -> the director sees what the members did
    std::atomic<bool> closing_{false};
    std::atomic<bool> escape_taken_{false};
    stage* story_ = nullptr;
    bool look_away_ = false;
    std::string escaped_;
    std::vector<std::thread> threads_;
};

}  // namespace racekit::tsan
