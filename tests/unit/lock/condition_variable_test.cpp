// SPDX-License-Identifier: MIT
// condition_variable: no lost wake-ups, deadlines, predicates, any lock, destruction after
// notify_all.
#include "../support/thread_pool.hpp"

#include <racekit/lock/condition_variable.hpp>
#include <racekit/lock/spin_lock.hpp>

#include <gtest/gtest.h>

#include <chrono>
#include <memory>
#include <mutex>

namespace {

using namespace std::chrono_literals;

TEST(condition_variable, hands_a_turn_back_and_forth) {
    racekit::mutex gate;
    racekit::condition_variable changed;
    int turn = 0;
    together(2, [&](int self) {
        for (int round = 0; round < 2000; ++round) {
            racekit::unique_lock hold(gate);
            changed.wait(hold, [&] { return turn == self; });
            turn = 1 - self;
            hold.unlock();
            changed.notify_one();
        }
    });
    EXPECT_EQ(turn, 0);
}

TEST(condition_variable, notify_without_a_waiter_is_not_remembered) {
    racekit::mutex gate;
    racekit::condition_variable changed;
    changed.notify_one();
    changed.notify_all();
    racekit::unique_lock hold(gate);
    auto const began = racekit::clock::now();
    while (changed.wait_until(hold, began + 20ms) == std::cv_status::no_timeout) {
    }
    EXPECT_GE(racekit::clock::now() - began, 20ms);
    EXPECT_TRUE(hold.owns_lock());
}

TEST(condition_variable, deadline_form_returns_the_predicate) {
    racekit::mutex gate;
    racekit::condition_variable changed;
    racekit::unique_lock hold(gate);
    EXPECT_FALSE(changed.wait_until(hold, racekit::after(5ms), [] { return false; }));
    EXPECT_TRUE(changed.wait_until(hold, racekit::after(-1s), [] { return true; }));
    int asked = 0;  // true only when asked after the time-out
    EXPECT_TRUE(changed.wait_until(hold, racekit::after(5ms), [&] { return ++asked > 1; }));
}

TEST(condition_variable, one_deadline_for_all_wake_ups) {
    racekit::mutex gate;
    racekit::condition_variable changed;
    std::atomic<bool> finished{false};
    std::thread pest([&] {
        while (!finished) {
            changed.notify_all();
            std::this_thread::sleep_for(1ms);
        }
    });
    auto const began = racekit::clock::now();
    {
        racekit::unique_lock hold(gate);
        EXPECT_FALSE(changed.wait_until(hold, began + 30ms, [] { return false; }));
    }
    EXPECT_GE(racekit::clock::now() - began, 30ms);
    finished = true;
    pest.join();
}

TEST(condition_variable, the_predicate_is_asked_with_the_lock_held) {
    racekit::mutex gate;
    racekit::condition_variable changed;
    bool ready = false;
    std::thread setter([&] {
        std::this_thread::sleep_for(5ms);
        racekit::scoped_lock hold(gate);
        ready = true;
        changed.notify_one();
    });
    racekit::unique_lock hold(gate);
    changed.wait(hold, [&] {
        EXPECT_TRUE(hold.owns_lock());
        return ready;
    });
    EXPECT_TRUE(hold.owns_lock());
    hold.unlock();
    setter.join();
}

TEST(condition_variable, notify_all_wakes_everyone) {
    racekit::mutex gate;
    racekit::condition_variable changed;
    bool open = false;
    int passed = 0;
    std::vector<std::thread> waiting;
    for (int i = 0; i < 5; ++i) {
        waiting.emplace_back([&] {
            racekit::unique_lock hold(gate);
            changed.wait(hold, [&] { return open; });
            ++passed;
        });
    }
    std::this_thread::sleep_for(10ms);
    {
        racekit::scoped_lock hold(gate);
        open = true;
    }
    changed.notify_all();
    for (std::thread& each : waiting) each.join();
    EXPECT_EQ(passed, 5);
}

TEST(condition_variable, one_notification_per_item_is_enough) {
    racekit::mutex gate;
    racekit::condition_variable changed;
    constexpr int items = 3000;
    int available = 0;
    std::atomic<int> taken{0};
    together(4, [&](int self) {
        if (self < 2) {
            for (int i = 0; i < items; ++i) {
                {
                    racekit::scoped_lock hold(gate);
                    ++available;
                }
                changed.notify_one();
            }
        } else {
            for (int i = 0; i < items; ++i) {
                racekit::unique_lock hold(gate);
                changed.wait(hold, [&] { return available > 0; });
                --available;
                ++taken;
            }
        }
    });
    EXPECT_EQ(taken, 2 * items);
    EXPECT_EQ(available, 0);
}

TEST(condition_variable, works_with_any_lock) {
    racekit::spin_lock gate;
    racekit::condition_variable changed;
    bool ready = false;
    std::thread setter([&] {
        racekit::scoped_lock hold(gate);
        ready = true;
        changed.notify_one();
    });
    {
        racekit::unique_lock hold(gate);
        changed.wait(hold, [&] { return ready; });
    }
    setter.join();
    std::mutex standard;
    std::unique_lock held(standard);
    EXPECT_FALSE(changed.wait_until(held, racekit::after(1ms), [] { return false; }));
}

TEST(condition_variable, may_be_destroyed_once_everyone_was_notified) {
    for (int round = 0; round < 200; ++round) {
        racekit::mutex gate;
        auto changed = std::make_unique<racekit::condition_variable>();
        bool waiting = false;
        bool ready = false;
        std::thread waiter([&] {
            racekit::unique_lock hold(gate);
            waiting = true;
            while (!ready) changed->wait(hold);
        });
        for (bool notified = false; !notified; std::this_thread::yield()) {
            racekit::scoped_lock hold(gate);
            if (!waiting) continue;
            ready = true;
            changed->notify_all();
            notified = true;
        }
        changed.reset();  // the waiter may still be on its way out
        waiter.join();
    }
}

}  // namespace
