// SPDX-License-Identifier: MIT
// mutex: what every lock must do, sleeping while it waits, the guards.
#include "any_lock.hpp"

#include <racekit/lock/mutex.hpp>

#include <gtest/gtest.h>

#include <mutex>

namespace {

INSTANTIATE_TYPED_TEST_SUITE_P(mutex, any_lock, racekit::mutex);

TEST(mutex, a_waiter_does_not_run) { a_waiter_does_not_run<racekit::mutex>(); }

TEST(mutex, serves_std_guards) {
    racekit::mutex first;
    racekit::mutex second;
    long counter = 0;
    together(2, [&](int self) {
        for (int turn = 0; turn < 1000; ++turn) {
            racekit::mutex& left = self == 0 ? first : second;
            racekit::mutex& right = self == 0 ? second : first;
            std::scoped_lock hold(left, right);
            ++counter;
        }
    });
    EXPECT_EQ(counter, 2000);
    std::unique_lock maybe(first, std::try_to_lock);
    EXPECT_TRUE(maybe.owns_lock());
}

TEST(guard, unique_lock_lets_go_and_takes_again) {
    racekit::mutex gate;
    racekit::unique_lock hold(gate);
    EXPECT_TRUE(hold.owns_lock());
    hold.unlock();
    EXPECT_FALSE(hold.owns_lock());
    elsewhere([&] { racekit::scoped_lock other(gate); });
    hold.lock();
    elsewhere([&] { EXPECT_FALSE(gate.try_lock()); });
}

TEST(guard, an_exception_gives_the_lock_back) {
    racekit::mutex gate;
    try {
        racekit::scoped_lock hold(gate);
        throw 1;
    } catch (int) {
    }
    elsewhere([&] {
        EXPECT_TRUE(gate.try_lock());
        gate.unlock();
    });
}

TEST(guard, scoped_lock_of_two_does_not_deadlock) {
    racekit::mutex first;
    racekit::mutex second;
    long counter = 0;
    together(2, [&](int self) {
        for (int turn = 0; turn < 1000; ++turn) {
            racekit::scoped_lock hold(self == 0 ? first : second, self == 0 ? second : first);
            ++counter;
        }
    });
    EXPECT_EQ(counter, 2000);
}

}  // namespace
