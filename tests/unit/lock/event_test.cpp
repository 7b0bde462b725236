// SPDX-License-Identifier: MIT
// event and auto_reset_event: set, clear, pulses, deadlines, publication.
#include "../support/kernel_state.hpp"
#include "../support/thread_pool.hpp"

#include <racekit/lock/auto_reset_event.hpp>
#include <racekit/lock/event.hpp>

#include <gtest/gtest.h>

#include <chrono>
#include <deque>

namespace {

using namespace std::chrono_literals;

TEST(event, stays_set_until_it_is_cleared) {
    racekit::event raised;
    EXPECT_FALSE(raised.is_set());
    EXPECT_FALSE(raised.wait_for(1ms));
    raised.set();
    raised.set();  // once more changes nothing
    EXPECT_TRUE(raised.is_set());
    raised.wait();
    raised.wait();
    raised.clear();
    raised.clear();
    EXPECT_FALSE(raised.is_set());
    EXPECT_FALSE(raised.wait_for(-1s));
    EXPECT_TRUE(racekit::event(true).is_set());
}

TEST(event, publishes_to_all_who_wait) {
    for (int round = 0; round < 200; ++round) {
        racekit::event raised;
        long letter = 0;  // plain on purpose
        together(4, [&](int self) {
            if (self == 0) {
                letter = 42;
                raised.set();
            } else {
                raised.wait();
                EXPECT_EQ(letter, 42);
            }
        });
    }
}

// W8: Python's multiprocessing.Event loses such a pulse.
TEST(event, a_pulse_lets_everyone_through_who_waited) {
    for (int round = 0; round < 30; ++round) {
        racekit::event raised;
        std::atomic<int> passed{0};
        std::deque<test::watched_thread> waiting;
        for (int i = 0; i < 3; ++i) {
            waiting.emplace_back([&] {
                if (raised.wait_for(60s)) ++passed;
            });
        }
        bool const asleep = round % 2 == 0;  // or perhaps spinning still
        for (auto& each : waiting) {
            if (asleep) each.await_sleep();
        }
        raised.set();
        raised.clear();
        if (!asleep) raised.set();  // one may have begun to wait only after the pulse
        for (auto& each : waiting) each.join();
        EXPECT_EQ(passed, 3);
    }
}

TEST(event, a_pulse_wakes_a_sleeper) {
    racekit::event raised;
    test::watched_thread sleeper([&] { raised.wait(); });
    sleeper.await_sleep();
    raised.set();
    raised.clear();
    sleeper.join();
    EXPECT_FALSE(raised.is_set());
}

TEST(event, deadline_passes_while_it_is_clear) {
    racekit::event raised;
    auto const began = racekit::clock::now();
    EXPECT_FALSE(raised.wait_until(began + 20ms));
    EXPECT_GE(racekit::clock::now() - began, 20ms);
    EXPECT_FALSE(raised.wait_until(racekit::deadline::min()));
    raised.set();
    EXPECT_TRUE(raised.wait_until(racekit::deadline::min()));
    EXPECT_TRUE(raised.wait_for(racekit::duration::max()));
}

// The order that clear() has: work announced before it is seen after it.
TEST(event, work_that_was_announced_is_seen_after_clear) {
    racekit::event announced;
    constexpr int pieces = 3000;
    std::atomic<int> offered{0};
    together(3, [&](int self) {
        if (self == 0) {
            int seen = 0;
            while (seen < 2 * pieces) {
                announced.wait();
                announced.clear();
                seen = offered.load(std::memory_order_relaxed);
            }
        } else {
            for (int i = 0; i < pieces; ++i) {
                offered.fetch_add(1, std::memory_order_relaxed);
                announced.set();
            }
        }
    });
}

TEST(auto_reset_event, lets_one_through_each_time) {
    racekit::auto_reset_event raised;
    EXPECT_FALSE(raised.try_wait());
    raised.set();
    raised.set();
    EXPECT_TRUE(raised.try_wait());
    EXPECT_FALSE(raised.try_wait());
    raised.set();
    raised.clear();
    EXPECT_FALSE(raised.wait_for(1ms));
    EXPECT_TRUE(racekit::auto_reset_event(true).try_wait());
}

TEST(auto_reset_event, as_a_turn) {
    racekit::auto_reset_event turns[2] = {racekit::auto_reset_event(true),
                                          racekit::auto_reset_event()};
    long ball = 0;  // plain on purpose
    together(2, [&](int self) {
        for (int round = 0; round < 2000; ++round) {
            turns[self].wait();
            ++ball;
            turns[1 - self].set();
        }
    });
    EXPECT_EQ(ball, 4000);
}

TEST(auto_reset_event, each_sleeper_needs_a_set_of_its_own) {
    racekit::auto_reset_event raised;
    std::atomic<int> passed{0};
    std::vector<std::thread> waiting;
    for (int i = 0; i < 3; ++i) {
        waiting.emplace_back([&] {
            raised.wait();
            ++passed;
        });
    }
    for (int i = 1; i <= 3; ++i) {
        raised.set();
        while (passed < i) std::this_thread::sleep_for(1ms);
        std::this_thread::sleep_for(5ms);
        EXPECT_EQ(passed, i);
    }
    for (std::thread& each : waiting) each.join();
    EXPECT_FALSE(raised.try_wait());
}

TEST(auto_reset_event, deadline_passes_while_it_is_clear) {
    racekit::auto_reset_event raised;
    auto const began = racekit::clock::now();
    EXPECT_FALSE(raised.wait_until(began + 10ms));
    EXPECT_GE(racekit::clock::now() - began, 10ms);
    raised.set();
    EXPECT_TRUE(raised.wait_for(-1s));
}

}  // namespace
