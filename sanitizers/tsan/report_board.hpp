// SPDX-License-Identifier: MIT
// TSan's reports: the hook copies them, the detector reads them after the round.
//
// The copies lie in memory that forked processes share, so they include the reports of the test
// body's processes. Fixed sizes and no allocation: the hook runs under TSan's locks, and malloc
// there deadlocks as soon as two threads report.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace racekit::tsan {

inline constexpr int most_reports = 16;  ///< reports kept; later ones are only counted
inline constexpr int most_stacks = 6;
inline constexpr int deepest = 48;

struct stack_copy {
    char access;  ///< 'w' write, 'r' read, ' ' no memory access
    bool atomic;
    int thread;   ///< TSan's thread number; -1 unknown
    char thread_name[16];
    void* address;
    void* content;  ///< what stands there, if it is the size of a pointer
    void* frames[deepest];
};

struct report_copy {
    char kind[40];  ///< TSan's kind: "data-race", "lock-order-inversion", ...
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

/// From now on reports are not printed and do not change the exit code: findings contain them.
void expect_all_reports();

}  // namespace racekit::tsan
