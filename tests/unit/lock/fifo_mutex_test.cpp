// SPDX-License-Identifier: MIT
// fifo_mutex: all that a lock must do, in order of arrival, asleep while it waits.
#include "any_lock.hpp"

#include <racekit/lock/fifo_mutex.hpp>

namespace {

using namespace std::chrono_literals;

INSTANTIATE_TYPED_TEST_SUITE_P(fifo_mutex, any_lock, racekit::fifo_mutex);

TEST(fifo_mutex, serves_in_order_of_arrival) { serves_in_order_of_arrival<racekit::fifo_mutex>(); }

TEST(fifo_mutex, a_waiter_does_not_run) { a_waiter_does_not_run<racekit::fifo_mutex>(); }

TEST(fifo_mutex, a_waiter_that_gives_up_leaves_the_queue_in_order) {
    racekit::fifo_mutex gate;
    gate.lock();
    std::vector<int> served;
    std::deque<test::watched_thread> all;
    std::vector<std::thread> gone;
    std::atomic<int> come{0};
    std::atomic<int> left{0};
    for (int self = 0; self < 3; ++self) {
        all.emplace_back([&, self] {
            std::lock_guard hold(gate);
            served.push_back(self);
        });
        all.back().await_sleep();
        gone.emplace_back([&] {
            ++come;
            EXPECT_FALSE(gate.try_lock_for(50ms));
            ++left;
        });
        while (come == self) std::this_thread::yield();
    }
    for (std::thread& each : gone) each.join();
    EXPECT_EQ(left, 3);
    gate.unlock();
    for (auto& each : all) each.join();
    EXPECT_EQ(served, (std::vector<int>{0, 1, 2}));
}

TEST(fifo_mutex, nobody_overtakes_those_who_wait) {
    racekit::fifo_mutex gate;
    gate.lock();
    std::atomic<bool> over{false};
    test::watched_thread other([&] {
        std::lock_guard hold(gate);
        while (!over) std::this_thread::sleep_for(1ms);
    });
    other.await_sleep();
    gate.unlock();
    EXPECT_FALSE(gate.try_lock());  // handed over, though the other may not run yet
    over = true;
    other.join();
}

}  // namespace
