// mutex: exclusion, try and deadline forms, publication, the guards.
#include "any_lock.hpp"

#include <racekit/lock/mutex.hpp>

#include <gtest/gtest.h>

#include <chrono>
#include <mutex>

namespace {

using namespace std::chrono_literals;

INSTANTIATE_TYPED_TEST_SUITE_P(mutex, any_lock, racekit::mutex);

TEST(mutex, excludes_and_publishes) {
    racekit::mutex gate;
    long counter = 0;  // plain on purpose: under TSan a lock that does not order is a race here
    together(4, [&](int) {
        for (int turn = 0; turn < 5000; ++turn) {
            racekit::scoped_lock hold(gate);
            ++counter;
        }
    });
    EXPECT_EQ(counter, 4 * 5000);
}

TEST(mutex, try_lock_says_whether) {
    racekit::mutex gate;
    ASSERT_TRUE(gate.try_lock());
    elsewhere([&] { EXPECT_FALSE(gate.try_lock()); });
    gate.unlock();
    elsewhere([&] {
        EXPECT_TRUE(gate.try_lock());
        gate.unlock();
    });
}

TEST(mutex, deadline_passes_while_held) {
    racekit::mutex gate;
    racekit::scoped_lock hold(gate);
    elsewhere([&] {
        auto const began = racekit::clock::now();
        EXPECT_FALSE(gate.try_lock_for(20ms));
        EXPECT_GE(racekit::clock::now() - began, 20ms);
    });
}

TEST(mutex, a_deadline_that_has_passed_does_not_wait) {
    racekit::mutex gate;
    racekit::scoped_lock hold(gate);
    elsewhere([&] {
        EXPECT_FALSE(gate.try_lock_for(-1s));
        EXPECT_FALSE(gate.try_lock_for(0s));
        EXPECT_FALSE(gate.try_lock_until(racekit::deadline::min()));
    });
}

TEST(mutex, a_free_lock_is_taken_whatever_the_deadline) {
    racekit::mutex gate;
    EXPECT_TRUE(gate.try_lock_for(-1s));
    gate.unlock();
    EXPECT_TRUE(gate.try_lock_until(racekit::never));
    gate.unlock();
    EXPECT_TRUE(gate.try_lock_for(racekit::duration::max()));  // saturates, does not overflow
    gate.unlock();
}

TEST(mutex, a_sleeper_gets_the_lock_before_its_deadline) {
    racekit::mutex gate;
    gate.lock();
    std::atomic<bool> taken{false};
    std::thread other([&] {
        taken = gate.try_lock_for(20s);
        gate.unlock();
    });
    std::this_thread::sleep_for(30ms);  // long enough to sleep in the kernel
    gate.unlock();
    other.join();
    EXPECT_TRUE(taken);
}

TEST(mutex, one_who_gave_up_leaves_a_lock_that_works) {
    racekit::mutex gate;
    gate.lock();
    elsewhere([&] { EXPECT_FALSE(gate.try_lock_for(5ms)); });
    gate.unlock();
    long counter = 0;
    together(3, [&](int) {
        for (int turn = 0; turn < 2000; ++turn) {
            racekit::scoped_lock hold(gate);
            ++counter;
        }
    });
    EXPECT_EQ(counter, 3 * 2000);
}

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
