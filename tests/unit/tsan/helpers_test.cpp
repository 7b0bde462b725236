// SPDX-License-Identifier: MIT
// The GoogleTest helpers: what TSan reports is expected, and what it does not report is missed.
// Built without TSan too, where every test must be skipped.
#include <racekit/gtest_tsan.hpp>

#include <gtest/gtest-spi.h>

#include <mutex>
#include <thread>

namespace {

int counter;

// Not left to luck: two threads that start apart and synchronise nothing still race, and TSan
// remembers the older access.
void count_twice() {
    std::thread first([] { ++counter; });
    std::thread second([] { ++counter; });
    first.join();
    second.join();
}

void count_one_after_the_other() {
    std::thread([] { ++counter; }).join();
    std::thread([] { ++counter; }).join();
}

TEST(expect_tsan_report, sees_a_data_race) {
    EXPECT_TSAN_REPORT("data-race", { count_twice(); });
}

TEST(expect_tsan_report, takes_a_block_with_commas) {
    int apples = 0, pears = 0;
    EXPECT_TSAN_REPORT("data-race", {
        int const more = 1, most = 2;
        std::thread other([&] { apples += more; });
        apples += most;
        other.join();
    });
    EXPECT_EQ(pears, 0);
}

/// The other thread has the address of the whole, and not that of the member.
TEST(expect_tsan_report, sees_a_member_of_a_local_variable) {
    EXPECT_TSAN_REPORT("data-race", {
        struct {
            int apples = 0;
            int pears = 0;
        } both;
        std::thread other([&] { both.pears = 1; });
        both.pears = 2;
        other.join();
    });
}

TEST(expect_tsan_report, sees_a_lock_order_inversion) {
    EXPECT_TSAN_REPORT("lock-order-inversion", {
        std::mutex first, second;
        std::thread([&] {
            std::lock_guard one(first);
            std::lock_guard two(second);
        }).join();
        std::thread([&] {
            std::lock_guard two(second);
            std::lock_guard one(first);
        }).join();
    });
}

TEST(expect_no_tsan_report, is_content_with_order) {
    EXPECT_NO_TSAN_REPORT({ count_one_after_the_other(); });
}

TEST(expect_tsan_report, sees_the_same_race_again) {
    EXPECT_TSAN_REPORT("data-race", { count_twice(); });
    EXPECT_TSAN_REPORT("data-race", { count_twice(); });
}

#if defined(RACEKIT_UNDER_TSAN)
TEST(expect_tsan_report, goes_red_without_a_report) {
    EXPECT_NONFATAL_FAILURE(EXPECT_TSAN_REPORT("data-race", { count_one_after_the_other(); }),
                            "expected a TSan report of data-race, got nothing");
}

TEST(expect_tsan_report, goes_red_on_another_kind) {
    EXPECT_NONFATAL_FAILURE(EXPECT_TSAN_REPORT("thread-leak", { count_twice(); }),
                            "expected a TSan report of thread-leak, got data-race");
}

TEST(expect_no_tsan_report, goes_red_on_a_report) {
    EXPECT_NONFATAL_FAILURE(EXPECT_NO_TSAN_REPORT({ count_twice(); }),
                            "expected no TSan report, got data-race");
}

TEST(a_report_that_nobody_expects, fails_the_program) {
    EXPECT_EXIT(
        {
            count_twice();
            std::exit(0);
        },
        testing::ExitedWithCode(66), "data race");
}

TEST(a_report_that_somebody_expects, does_not) {
    EXPECT_EXIT(
        {
            EXPECT_TSAN_REPORT("data-race", { count_twice(); });
            std::exit(0);
        },
        testing::ExitedWithCode(0), "");
}
#endif

}  // namespace
