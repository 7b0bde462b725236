// SPDX-License-Identifier: MIT
// What every mutual-exclusion lock must do: INSTANTIATE_TYPED_TEST_SUITE_P(name, any_lock, Lock).
#pragma once

#include "../support/kernel_state.hpp"
#include "../support/thread_pool.hpp"

#include <racekit/platform.hpp>

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <deque>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

template <class Lock>
class any_lock : public testing::Test {
protected:
    Lock gate;
};
TYPED_TEST_SUITE_P(any_lock);

TYPED_TEST_P(any_lock, excludes_and_publishes) {
    long counter = 0;  // plain on purpose: under TSan a lock that does not order is a race here
    together(4, [&](int) {
        for (int turn = 0; turn < 5000; ++turn) {
            std::lock_guard hold(this->gate);
            ++counter;
        }
    });
    EXPECT_EQ(counter, 4 * 5000);
}

TYPED_TEST_P(any_lock, all_three_ways_exclude_one_another) {
    long counter = 0;
    std::atomic<long> taken{0};
    together(4, [&](int self) {
        for (int turn = 0; turn < 1000; ++turn) {
            if (self == 0 && !this->gate.try_lock()) continue;
            if (self == 1 && !this->gate.try_lock_for(std::chrono::microseconds(turn % 50)))
                continue;
            if (self > 1) this->gate.lock();
            ++counter;
            this->gate.unlock();
            taken.fetch_add(1, std::memory_order_relaxed);
        }
    });
    EXPECT_EQ(counter, taken.load());
}

TYPED_TEST_P(any_lock, try_lock_says_whether) {
    ASSERT_TRUE(this->gate.try_lock());
    elsewhere([&] { EXPECT_FALSE(this->gate.try_lock()); });
    this->gate.unlock();
    elsewhere([&] {
        EXPECT_TRUE(this->gate.try_lock());
        this->gate.unlock();
    });
}

TYPED_TEST_P(any_lock, a_deadline_passes_while_it_is_held) {
    using namespace std::chrono_literals;
    std::lock_guard hold(this->gate);
    elsewhere([&] {
        auto const began = racekit::clock::now();
        EXPECT_FALSE(this->gate.try_lock_for(20ms));
        EXPECT_GE(racekit::clock::now() - began, 20ms);
        EXPECT_FALSE(this->gate.try_lock_for(-1s));
        EXPECT_FALSE(this->gate.try_lock_for(0s));
        EXPECT_FALSE(this->gate.try_lock_until(racekit::deadline::min()));
    });
}

TYPED_TEST_P(any_lock, a_free_lock_is_taken_whatever_the_deadline) {
    using namespace std::chrono_literals;
    for (auto const span :
         {racekit::duration(-1s), racekit::duration::min(), racekit::duration::max()}) {
        EXPECT_TRUE(this->gate.try_lock_for(span));
        this->gate.unlock();
    }
    EXPECT_TRUE(this->gate.try_lock_until(racekit::never));
    this->gate.unlock();
}

TYPED_TEST_P(any_lock, is_taken_before_the_deadline) {
    using namespace std::chrono_literals;
    this->gate.lock();
    std::atomic<bool> taken{false};
    test::watched_thread other([&] {
        taken = this->gate.try_lock_for(1h);
        this->gate.unlock();
    });
    other.await_waiting();
    this->gate.unlock();
    other.join();
    EXPECT_TRUE(taken);
}

TYPED_TEST_P(any_lock, those_who_gave_up_leave_a_lock_that_works) {
    using namespace std::chrono_literals;
    this->gate.lock();
    together(3, [&](int self) { EXPECT_FALSE(this->gate.try_lock_for((self + 1) * 3ms)); });
    std::thread other([&] { std::lock_guard hold(this->gate); });
    this->gate.unlock();
    other.join();
    EXPECT_TRUE(this->gate.try_lock());
    this->gate.unlock();
    long counter = 0;
    together(3, [&](int) {
        for (int turn = 0; turn < 2000; ++turn) {
            std::lock_guard hold(this->gate);
            ++counter;
        }
    });
    EXPECT_EQ(counter, 3 * 2000);
}

REGISTER_TYPED_TEST_SUITE_P(any_lock, excludes_and_publishes, all_three_ways_exclude_one_another,
                            try_lock_says_whether, a_deadline_passes_while_it_is_held,
                            a_free_lock_is_taken_whatever_the_deadline,
                            is_taken_before_the_deadline,
                            those_who_gave_up_leave_a_lock_that_works);

/// Of those that wait for long: a waiter falls asleep, and is not woken while the lock is held.
template <class Lock>
void a_waiter_does_not_run() {
    Lock gate;
    gate.lock();
    test::watched_thread other([&] { std::lock_guard hold(gate); });
    other.await_sleep();
    auto const before = other.state();
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
    auto const after = other.state();
    EXPECT_TRUE(after.is_asleep);
    EXPECT_EQ(after.switches, before.switches);
    gate.unlock();
    other.join();
}

/// First come, first served. Each one waits before the next one comes.
template <class Lock>
void serves_in_order_of_arrival() {
    Lock gate;
    gate.lock();
    std::vector<int> served;
    std::deque<test::watched_thread> all;
    for (int self = 0; self < 4; ++self) {
        all.emplace_back([&, self] {
            std::lock_guard hold(gate);
            served.push_back(self);
        });
        all.back().await_waiting();
    }
    gate.unlock();
    for (auto& each : all) each.join();
    EXPECT_EQ(served, (std::vector<int>{0, 1, 2, 3}));
}
