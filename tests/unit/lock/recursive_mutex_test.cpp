// SPDX-License-Identifier: MIT
// recursive_mutex: all that a lock must do, levels, and misuse that changes nothing.
#include "any_lock.hpp"

#include <racekit/lock/condition_variable.hpp>
#include <racekit/lock/recursive_mutex.hpp>

namespace {

INSTANTIATE_TYPED_TEST_SUITE_P(recursive_mutex, any_lock, racekit::recursive_mutex);

TEST(recursive_mutex, is_free_when_all_levels_are_given_up) {
    racekit::recursive_mutex gate;
    gate.lock();
    EXPECT_TRUE(gate.try_lock());
    EXPECT_TRUE(gate.try_lock_for(std::chrono::seconds(-1)));
    for (int level = 0; level < 2; ++level) {
        gate.unlock();
        elsewhere([&] { EXPECT_FALSE(gate.try_lock()); });
    }
    gate.unlock();
    elsewhere([&] {
        EXPECT_TRUE(gate.try_lock());
        gate.unlock();
    });
}

TEST(recursive_mutex, a_stranger_cannot_give_it_up) {
    racekit::recursive_mutex gate;
    EXPECT_THROW(gate.unlock(), racekit::lock_misuse);
    gate.lock();
    elsewhere([&] {
        EXPECT_THROW(gate.unlock(), racekit::lock_misuse);
        EXPECT_FALSE(gate.try_lock());
    });
    gate.unlock();
    EXPECT_THROW(gate.unlock(), racekit::lock_misuse);
    EXPECT_TRUE(gate.try_lock());
    gate.unlock();
}

TEST(recursive_mutex, a_wait_gives_up_all_levels_and_restores_them) {
    racekit::recursive_mutex gate;
    racekit::condition_variable changed;
    bool ready = false;
    gate.lock();
    gate.lock();
    std::thread other([&] {
        std::lock_guard hold(gate);
        ready = true;
        changed.notify_one();
    });
    racekit::all_levels both(gate);
    changed.wait(both, [&] { return ready; });
    other.join();
    gate.unlock();
    elsewhere([&] { EXPECT_FALSE(gate.try_lock()); });
    gate.unlock();
    elsewhere([&] {
        EXPECT_TRUE(gate.try_lock());
        gate.unlock();
    });
}

TEST(recursive_mutex, a_waiter_does_not_run) { a_waiter_does_not_run<racekit::recursive_mutex>(); }

}  // namespace
