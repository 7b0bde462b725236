// SPDX-License-Identifier: MIT
// What TSan reported: copied by its hook, read when the round is over.
//
// The board lies in memory that forked processes share, so the reports of a story's processes
// arrive on it too. Fixed sizes and no allocation: TSan's hook runs under its own locks, and malloc
// there deadlocks as soon as two threads report.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace racekit::tsan {

inline constexpr int most_reports = 16;  ///< kept; later ones are counted only
inline constexpr int most_stacks = 6;
inline constexpr int deepest = 48;

struct stack_copy {
    char access;  ///< 'w' write, 'r' read, ' ' a stack that is no memory access
    bool atomic;
    int thread;   ///< TSan's number; -1 unknown
    char thread_name[16];
    void* address;
    void* frames[deepest];
};

struct report_copy {
    char kind[40];  ///< TSan's word: "data-race", "lock-order-inversion", ...
    int process;
    int stacks;
    stack_copy stack[most_stacks];
};

/// Puts the board into shared memory. Call it before the first fork; later calls do nothing.
void open_report_board();

/// Reports so far, in this process and all forked from it since open_report_board().
[[nodiscard]] std::uint64_t reports_seen();

/// Those kept since the last clear_reports(), oldest first.
[[nodiscard]] std::vector<report_copy> kept_reports();
void clear_reports();

/// From now on reports are neither printed nor do they fail this program: a finding tells them.
void expect_all_reports();

}  // namespace racekit::tsan
