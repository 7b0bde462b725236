// SPDX-License-Identifier: MIT
// What the engine is known not to show: the one table of differences that are tolerated.
#pragma once

#include <string_view>

namespace racekit::oracle {

struct declaration {
    std::string_view memory;
    std::string_view kind;      ///< of comparison.hpp
    bool silent;                ///< no warning says so: a known miss, to be removed
    double most_in_a_hundred;   ///< random programs; more is red. Half as much again as 100,000 had
    char const* reason;
    char const* smallest;       ///< a program that shows it; red as soon as it does not
};

inline constexpr declaration declarations[] = {
    {"exact", "load buffering, warned", false, 2.8,
     "the engine executes each thread in program order",
     "a = x rlx; y = 1 rlx || b = y rlx; x = 1 rlx"},
    {"exact", "load buffering, not warned", true, 0.1,
     "the watch compares what was executed, and not what only the missing value leads to",
     "a = y cas 0 1 acq rlx; x = 2 rlx || e = x rlx; y = e rel"},

    {"relacy", "load buffering, warned", false, 2.8,
     "the engine executes each thread in program order",
     "a = x rlx; y = 1 rlx || b = y rlx; x = 1 rlx"},
    {"relacy", "modification order, warned", false, 3.8,
     "the engine's modification order is the order of execution",
     "x = 1 rlx; y = 2 rlx || y = 1 rlx; x = 2 rlx"},
    {"relacy", "single order, warned", false, 1.0, "the engine's S is the order of execution",
     "y = 2 sc; x = 1 rlx || a = x rlx; b = y sc"},

    {"relacy", "load buffering, not warned", true, 0.1,
     "the watch compares what was executed, and not what only the missing value leads to",
     "a = y cas 0 1 acq rlx; x = 2 rlx || e = x rlx; y = e rel"},
    {"relacy", "modification order, not warned", true, 1.2,
     "a read-modify-write reads the store executed last, and the watch leaves it out",
     "y = 1 rlx; x = 1 rlx || a = x rlx; b = y <- 2 rlx"},
    {"relacy", "single order, not warned", true, 0.35,
     "modification order closes a circle in S, and the watch looks at loads alone",
     "y = 1 sc; a = x += 1 rlx || x = 2 rlx; b = y sc"},
    {"relacy", "failing compare_exchange", true, 0.4,
     "a failing compare_exchange reads no outdated store twice in a row, a weak one none for no "
     "reason",
     "a = y rlx; b = x weak 0 1 rlx rlx || x = 2 rlx; y = 2 rlx"},
    {"relacy", "own store in S", true, 0.1,
     "a seq_cst load of a store of its own thread is ordered in S, as before LWG 3941",
     "x = 1 rel; a = x sc; b = y sc || y = 1 rel; c = y sc; d = x sc"},
};

[[nodiscard]] constexpr declaration const* find_declared(std::string_view memory,
                                                         std::string_view kind) {
    for (declaration const& each : declarations) {
        if (each.memory == memory && each.kind == kind) return &each;
    }
    return nullptr;
}

}  // namespace racekit::oracle
