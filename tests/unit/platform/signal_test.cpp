// SPDX-License-Identifier: MIT
#include <racekit/platform.hpp>

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <sched.h>

namespace {

using namespace std::chrono_literals;
using racekit::process;
using racekit::process_signal;

struct shared {
    process_signal signal;
    std::atomic<int> calls{0};
    std::atomic<bool> may_send{false};

    static void count(void* self) { static_cast<shared*>(self)->calls.fetch_add(1); }
};

/// Whether it ended by itself and well.
bool ends(process& child) {
    racekit::exit_status how;
    if (child.join_until(racekit::after(60s), how)) return how.clean();
    child.kill();
    return false;
}

TEST(process_signal, interrupts_a_process_that_never_looks) {
    racekit::shared_object<shared> both;
    process receiver([&] {
        both->signal.open(shared::count, &*both);
        while (both->calls.load() == 0) {
        }
        both->signal.close();
    });
    both->signal.send();
    EXPECT_TRUE(ends(receiver));
    EXPECT_EQ(both->calls.load(), 1);
}

TEST(process_signal, what_is_held_back_ends_the_next_suspend_at_once) {
    racekit::shared_object<shared> both;
    process receiver([&] {
        both->signal.block();
        both->signal.open(shared::count, &*both);
        both->may_send.store(true);
        while (both->may_send.load()) ::sched_yield();
        int const before = both->calls.load();
        both->signal.suspend();
        both->signal.close();
        return before;
    });
    while (!both->may_send.load()) ::sched_yield();
    both->signal.send();
    both->signal.send();  // comes to one with the first
    both->may_send.store(false);
    EXPECT_TRUE(ends(receiver));
    EXPECT_EQ(both->calls.load(), 1);
}

TEST(process_signal, pause_ends_by_a_signal_that_comes_during_it) {
    racekit::shared_object<shared> both;
    process receiver([&] {
        both->signal.open(shared::count, &*both);
        both->signal.pause();
        both->signal.close();
    });
    // Whenever the pause begins, some signal comes after that.
    racekit::exit_status how;
    bool has_ended = false;
    for (auto const limit = racekit::after(60s); !has_ended && racekit::clock::now() < limit;) {
        both->signal.send();
        has_ended = receiver.join_until(racekit::after(1ms), how);
    }
    if (!has_ended) receiver.kill();
    EXPECT_TRUE(has_ended && how.clean());
    EXPECT_GE(both->calls.load(), 1);
}

TEST(process_signal, after_close_nothing_arrives) {
    racekit::shared_object<shared> both;
    process receiver([&] {
        both->signal.block();
        both->signal.open(shared::count, &*both);
        both->signal.close();
        both->may_send.store(true);
        while (both->may_send.load()) ::sched_yield();
    });
    while (!both->may_send.load()) ::sched_yield();
    both->signal.send();
    both->may_send.store(false);
    EXPECT_TRUE(ends(receiver));
    EXPECT_EQ(both->calls.load(), 0);
}

}  // namespace
