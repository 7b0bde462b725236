// SPDX-License-Identifier: MIT
// What a run writes down as it goes on, for the process that waits for it: how far it was, should
// it end without a verdict.
//
// It lies in memory that both processes share. Fixed sizes and no pointers to the heap: signal
// handlers write to it too.
#pragma once

#include <racekit/finding.hpp>

#include <atomic>
#include <cstdint>
#include <string>
#include <vector>

namespace racekit {

struct run_record {
    static constexpr int deepest = 48;

    std::atomic<int> exit_code{-1};        ///< once the verdict is delivered; -1 before
    std::atomic<std::uint64_t> round{0};   ///< the last that began
    std::atomic<bool> in_round{false};     ///< the test body's own code may be running
    char schedule[64] = {};                ///< replays that round; empty where the detector cannot

    std::atomic<bool> crash_taken{false};  ///< the first crash is kept; set before what follows
    bool stack_overflow = false;
    char thread[16] = {};                  ///< the name of the thread that crashed
    char reason[256] = {};                 ///< what a sanitizer's runtime gave as its reason
    void* frames[deepest] = {};            ///< where it crashed, up to a null pointer

    void begin_round() {
        // Relaxed: the reader looks after this process has ended.
        round.fetch_add(1, std::memory_order_relaxed);
        in_round.store(true, std::memory_order_relaxed);
    }
    void end_round() { in_round.store(false, std::memory_order_relaxed); }
    void set_schedule(std::string const& text) {
        schedule[text.copy(schedule, sizeof schedule - 1)] = '\0';
    }
};

/// The record of this process's run; shared with forked processes from share_run_record() on.
[[nodiscard]] run_record& this_run();
/// Throws std::bad_alloc.
void share_run_record();

/// The source places of the frames of a crash, the user's own first. A flavour that can read
/// addresses sets it when the program starts.
using crash_places = std::vector<place> (*)(run_record const& crashed, char const* scenario_file);
inline crash_places places_of_crash = nullptr;

}  // namespace racekit
