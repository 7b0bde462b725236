// SPDX-License-Identifier: MIT
// racekit::explore() in a test program of GoogleTest that is C++ as it is.
#undef NDEBUG
#include <racekit/gtest_explore.hpp>

#include <atomic>
#include <cassert>
#include <mutex>
#include <stdexcept>
#include <thread>
#include <vector>

namespace {

std::vector<int> filled_before{1, 2, 3};
int global = 0;

TEST(unmodified_explore, exhausts_a_guarded_counter) {
    EXPECT_EXHAUSTED(racekit::explore([] {
        std::mutex gate;
        int count = 0;
        auto const add = [&] {
            std::lock_guard const hold(gate);
            ++count;
        };
        std::thread one(add), two(add);
        one.join();
        two.join();
        assert(count == 2);
    }));
}

TEST(unmodified_explore, finds_a_data_race) {
    racekit::explored const seen = racekit::explore([] {
        int count = 0;
        std::thread one([&] { ++count; });
        ++count;
        one.join();
    });
    EXPECT_FINDS("data race", seen);
    EXPECT_NE(seen.text.find("explore_test.cpp"), std::string::npos) << seen.text;
}

TEST(unmodified_explore, finds_a_lost_update_and_plays_it_again) {
    auto const body = [] {
        std::atomic<int> count{0};
        auto const add = [&] { count.store(count.load() + 1); };
        std::thread one(add), two(add);
        one.join();
        two.join();
        assert(count == 2);
    };
    racekit::explored const seen = racekit::explore(body);
    EXPECT_FINDS("failed check", seen);
    racekit::explore_options again;
    again.schedule = seen.schedule;
    EXPECT_FINDS("failed check", racekit::explore(body, again));
}

TEST(unmodified_explore, puts_globals_back) {
    EXPECT_EXHAUSTED(racekit::explore([] {
        ++global;
        filled_before[0] = 7;
        std::atomic<int> order{0};
        std::thread one([&] { order.fetch_add(1); });
        order.fetch_add(1);
        one.join();
        assert(global == 1);
    }));
    EXPECT_EQ(global, 0);
}

TEST(unmodified_explore, says_what_it_did_not_cover) {
    racekit::explore_options few;
    few.executions = 10;
    racekit::explored const seen = racekit::explore(
        [] {
            std::atomic<int> order{0};
            auto const add = [&] {
                for (int at = 0; at < 4; ++at) order.fetch_add(1);
            };
            std::thread one(add), two(add);
            one.join();
            two.join();
        },
        few);
    EXPECT_FALSE(seen.exhausted);
    EXPECT_FALSE(racekit::is_exhausted(seen));
    EXPECT_EQ(seen.found, "");
}

TEST(unmodified_explore, leaves_real_threads_alone) {
    int count = 0;
    std::thread one([&] { ++count; });
    one.join();
    EXPECT_EQ(count, 1);
}

TEST(unmodified_explore, refuses_what_it_does_not_have) {
    racekit::explore_options wrong;
    wrong.threads = 65;
    EXPECT_THROW((void)racekit::explore([] {}, wrong), std::invalid_argument);
    wrong = {};
    wrong.strategy = "clever";
    EXPECT_THROW((void)racekit::explore([] {}, wrong), std::invalid_argument);
}

TEST(unmodified_explore, explores_nothing_without_threads) {
    EXPECT_FALSE(racekit::is_exhausted(racekit::explore([] {})));
}

}  // namespace
