// SPDX-License-Identifier: MIT
#include "harness/hang_watch.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <vector>

namespace {

using namespace std::chrono_literals;
using racekit::hang_watch;
using racekit::process_sight;

/// Two processes, and a clock that is set.
struct watched {
    hang_watch::time now{};
    hang_watch watch{2, now};
    std::vector<process_sight> seen{{0, true, 5, 1ms}, {1, true, 5, 1ms}};

    bool look(std::chrono::milliseconds later) {
        now += later;
        return watch.hang(now, seen);
    }
    /// How many looks, one each 100 ms, until they hang; 1000: they do not.
    int looks() {
        for (int each = 1; each < 1000; ++each)
            if (look(100ms)) return each;
        return 1000;
    }
};

TEST(hang_watch, processes_that_all_sleep_hang_after_a_second) {
    watched two;
    EXPECT_EQ(two.looks(), 12);
}

TEST(hang_watch, one_that_wakes_up_or_ends_begins_it_anew) {
    watched two;
    for (int each = 0; each < 9; ++each) ASSERT_FALSE(two.look(100ms));
    ++two.seen[1].progress;
    for (int each = 0; each < 9; ++each) ASSERT_FALSE(two.look(100ms));
    two.watch.has_progress();
    for (int each = 0; each < 9; ++each) ASSERT_FALSE(two.look(100ms));
}

TEST(hang_watch, time_without_a_look_does_not_count) {
    watched two;
    EXPECT_FALSE(two.look(100ms));
    EXPECT_FALSE(two.look(50s)) << "the watcher was not run, or the machine was stopped";
    EXPECT_FALSE(two.look(100ms));
    EXPECT_FALSE(two.look(100ms));
}

TEST(hang_watch, one_that_runs_for_four_seconds_hangs) {
    watched two;
    two.seen[0].sleeps = false;
    int looks = 0;
    do two.seen[0].ran += 90ms;
    while (!two.look(100ms) && ++looks < 1000);
    EXPECT_EQ(looks, 40);
}

TEST(hang_watch, one_that_waits_for_a_processor_has_a_minute) {
    watched two;
    two.seen[0].sleeps = false;
    EXPECT_EQ(two.looks(), 601);
}

}  // namespace
