// spin_lock: exclusion, try and deadline forms, publication.
#include "company_of_threads.hpp"

#include <racekit/lock/spin_lock.hpp>

#include <gtest/gtest.h>

#include <chrono>

namespace {

using namespace std::chrono_literals;

TEST(spin_lock, excludes_and_publishes) {
    racekit::spin_lock gate;
    long counter = 0;  // plain on purpose: under TSan a lock that does not order is a race here
    together(4, [&](int) {
        for (int turn = 0; turn < 2000; ++turn) {
            racekit::scoped_lock hold(gate);
            ++counter;
        }
    });
    EXPECT_EQ(counter, 4 * 2000);
}

TEST(spin_lock, try_lock_says_whether) {
    racekit::spin_lock gate;
    ASSERT_TRUE(gate.try_lock());
    elsewhere([&] { EXPECT_FALSE(gate.try_lock()); });
    gate.unlock();
    elsewhere([&] {
        EXPECT_TRUE(gate.try_lock());
        gate.unlock();
    });
}

TEST(spin_lock, deadline_passes_while_held) {
    racekit::spin_lock gate;
    racekit::scoped_lock hold(gate);
    elsewhere([&] {
        auto const began = racekit::clock::now();
        EXPECT_FALSE(gate.try_lock_for(20ms));
        EXPECT_GE(racekit::clock::now() - began, 20ms);
        EXPECT_FALSE(gate.try_lock_for(-1s));
    });
}

TEST(spin_lock, is_taken_before_the_deadline) {
    racekit::spin_lock gate;
    gate.lock();
    std::atomic<bool> taken{false};
    std::thread other([&] {
        taken = gate.try_lock_for(20s);
        gate.unlock();
    });
    std::this_thread::sleep_for(5ms);
    gate.unlock();
    other.join();
    EXPECT_TRUE(taken);
}

TEST(spin_lock, is_one_byte) { EXPECT_EQ(sizeof(racekit::spin_lock), 1U); }

}  // namespace
