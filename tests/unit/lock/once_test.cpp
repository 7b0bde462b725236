// SPDX-License-Identifier: MIT
// once: one call, everybody sees it, an exception leaves it to the next.
#include "../support/thread_pool.hpp"

#include <racekit/lock/once.hpp>

#include <gtest/gtest.h>

#include <chrono>
#include <stdexcept>

namespace {

using namespace std::chrono_literals;

TEST(once, is_done_by_one_and_seen_by_all) {
    for (int round = 0; round < 300; ++round) {
        racekit::once made;
        long thing = 0;  // plain on purpose
        together(4, [&](int) {
            made.call([&] { ++thing; });
            EXPECT_EQ(thing, 1);
        });
        EXPECT_TRUE(made.is_done());
    }
}

TEST(once, after_an_exception_the_next_caller_tries) {
    racekit::once made;
    int attempts = 0;
    auto const fails = [&] {
        ++attempts;
        throw std::runtime_error("no");
    };
    EXPECT_THROW(made.call(fails), std::runtime_error);
    EXPECT_FALSE(made.is_done());
    EXPECT_THROW(made.call(fails), std::runtime_error);
    made.call([&] { ++attempts; });
    made.call(fails);
    EXPECT_EQ(attempts, 3);
}

TEST(once, those_who_wait_for_one_that_throws_try_in_turn) {
    racekit::once made;
    int attempts = 0;
    std::atomic<int> thrown{0};
    together(4, [&](int) {
        try {
            made.call([&] {
                std::this_thread::sleep_for(5ms);
                if (++attempts < 3) throw attempts;
            });
        } catch (int) {
            ++thrown;
        }
    });
    EXPECT_EQ(thrown, 2);
    EXPECT_EQ(attempts, 3);
    EXPECT_TRUE(made.is_done());
}

TEST(once, who_will_not_wait_goes_on) {
    racekit::once made;
    std::atomic<bool> started{false};
    std::atomic<bool> go_on{false};
    std::thread maker([&] {
        made.call([&] {
            started = true;
            while (!go_on) std::this_thread::sleep_for(1ms);
        });
    });
    while (!started) std::this_thread::sleep_for(1ms);
    auto const nothing = [] { FAIL(); };
    EXPECT_FALSE(made.try_call(nothing));
    EXPECT_FALSE(made.call_for(5ms, nothing));
    EXPECT_FALSE(made.call_for(-1s, nothing));
    go_on = true;
    EXPECT_TRUE(made.call_for(60s, nothing));
    maker.join();
    EXPECT_TRUE(made.try_call(nothing));
}

}  // namespace
