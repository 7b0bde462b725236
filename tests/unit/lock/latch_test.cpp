// SPDX-License-Identifier: MIT
// latch: opens at zero and stays open; publication, deadlines, misuse.
#include "../support/kernel_state.hpp"
#include "../support/thread_pool.hpp"

#include <racekit/lock/latch.hpp>

#include <gtest/gtest.h>

#include <chrono>
#include <deque>

namespace {

using namespace std::chrono_literals;

TEST(latch, opens_when_all_have_come_and_publishes) {
    for (int round = 0; round < 200; ++round) {
        racekit::latch gate(3);
        long brought[3] = {};  // plain on purpose
        together(4, [&](int self) {
            if (self < 3) {
                brought[self] = 1;
                gate.count_down();
            } else {
                gate.wait();
                EXPECT_EQ(brought[0] + brought[1] + brought[2], 3);
            }
        });
        EXPECT_TRUE(gate.try_wait());
    }
}

TEST(latch, arrive_and_wait_is_a_barrier_for_one_time) {
    racekit::latch gate(3);
    long brought[3] = {};
    together(3, [&](int self) {
        brought[self] = 1;
        gate.arrive_and_wait();
        EXPECT_EQ(brought[0] + brought[1] + brought[2], 3);
    });
}

TEST(latch, wakes_all_who_sleep) {
    racekit::latch gate(2);
    std::deque<test::watched_thread> waiting;
    for (int i = 0; i < 3; ++i) waiting.emplace_back([&] { gate.wait(); });
    for (auto& each : waiting) each.await_sleep();
    gate.count_down();
    EXPECT_FALSE(gate.try_wait());
    for (auto& each : waiting) each.await_sleep();
    gate.count_down();
    for (auto& each : waiting) each.join();
}

TEST(latch, deadline_passes_while_it_is_shut) {
    racekit::latch gate(1);
    auto const began = racekit::clock::now();
    EXPECT_FALSE(gate.wait_until(began + 20ms));
    EXPECT_GE(racekit::clock::now() - began, 20ms);
    EXPECT_FALSE(gate.wait_for(-1s));
    gate.count_down();
    EXPECT_TRUE(gate.wait_for(-1s));
    EXPECT_TRUE(gate.wait_for(racekit::duration::max()));
}

TEST(latch, a_count_that_cannot_be_is_an_error) {
    EXPECT_THROW(racekit::latch(-1), racekit::bad_count);
    EXPECT_THROW(racekit::latch(racekit::latch::max() + 1), racekit::bad_count);
    EXPECT_NO_THROW(racekit::latch(racekit::latch::max()).count_down(racekit::latch::max()));
    EXPECT_TRUE(racekit::latch(0).try_wait());
    racekit::latch gate(2);
    EXPECT_THROW(gate.count_down(-1), racekit::bad_count);
    EXPECT_THROW(gate.count_down(3), racekit::counted_too_far);
    EXPECT_THROW(gate.count_down(PTRDIFF_MAX), racekit::counted_too_far);
    gate.count_down(2);  // nothing was changed
    EXPECT_TRUE(gate.try_wait());
    EXPECT_THROW(gate.count_down(), racekit::counted_too_far);
    EXPECT_NO_THROW(gate.count_down(0));
}

}  // namespace
