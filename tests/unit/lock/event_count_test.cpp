// SPDX-License-Identifier: MIT
// event_count: no thread keeps sleeping after its condition has become true.
#include "../support/thread_pool.hpp"

#include <racekit/lock/event_count.hpp>

#include <gtest/gtest.h>

#include <chrono>

namespace {

using namespace std::chrono_literals;
constexpr auto relaxed = std::memory_order_relaxed;

TEST(event_count, hands_a_turn_back_and_forth) {
    racekit::event_count changed;
    std::atomic<int> turn{0};
    together(2, [&](int self) {
        for (int round = 0; round < 2000; ++round) {
            changed.await([&] { return turn.load(relaxed) == self; });
            turn.store(1 - self, relaxed);
            changed.notify_all();
        }
    });
    EXPECT_EQ(turn, 0);
}

TEST(event_count, one_notification_for_each_item_is_enough) {
    racekit::event_count changed;
    constexpr int items = 3000;
    std::atomic<int> available{0};
    auto const take_one = [&] {
        int seen = available.load(relaxed);
        while (seen > 0) {
            if (available.compare_exchange_weak(seen, seen - 1, relaxed)) return true;
        }
        return false;
    };
    together(4, [&](int self) {
        for (int i = 0; i < items; ++i) {
            if (self < 2) {
                available.fetch_add(1, relaxed);
                changed.notify_one();
            } else {
                changed.await(take_one);
            }
        }
    });
    EXPECT_EQ(available, 0);
}

TEST(event_count, publishes_to_whom_it_wakes) {
    for (int round = 0; round < 200; ++round) {
        racekit::event_count changed;
        long letter = 0;  // plain on purpose
        std::atomic<bool> waits{false};
        together(2, [&](int self) {
            if (self == 0) {
                while (!waits.load(relaxed)) std::this_thread::yield();
                letter = 42;
                changed.notify_all();
            } else {
                auto const since = changed.prepare();
                waits.store(true, relaxed);
                changed.wait(since);
                EXPECT_EQ(letter, 42);
            }
        });
    }
}

TEST(event_count, deadline_passes_unnotified) {
    racekit::event_count changed;
    auto const began = racekit::clock::now();
    EXPECT_FALSE(changed.await_until(began + 20ms, [] { return false; }));
    EXPECT_GE(racekit::clock::now() - began, 20ms);
    EXPECT_TRUE(changed.await_until(racekit::deadline::min(), [] { return true; }));
    EXPECT_FALSE(changed.await_for(-1s, [] { return false; }));
    auto const since = changed.prepare();
    changed.notify_one();
    EXPECT_TRUE(changed.wait_until(since, racekit::deadline::min()));
}

/// After a condition that threw, no waiter is counted: a notification does not change the epoch.
TEST(event_count, a_condition_that_throws_leaves_no_waiter) {
    racekit::event_count changed;
    int calls = 0;
    EXPECT_THROW(changed.await([&] {
        if (++calls == 2) throw calls;
        return false;
    }), int);
    changed.notify_all();  // finds nobody: the key below is not ended by it
    auto const since = changed.prepare();
    changed.notify_all();
    EXPECT_TRUE(changed.wait_until(since, racekit::after(std::chrono::seconds(0))));
    EXPECT_EQ(changed.waiting(), 0U);
}

}  // namespace
