// SPDX-License-Identifier: MIT
// Lock held across an await. The loop that should resume the holder waits for the lock itself.
//
//     coroutine 0:  lock, await ................................. needs the loop: for ever
//     coroutine 1:  ............ has the loop, lock: blocks it
//
// The race: an await releases the loop and keeps the lock. A lock that blocks its thread then
//           blocks the loop, and so the holder: loop and lock are taken in both orders.
// The fix:  a lock that suspends the coroutine instead of blocking the thread: the loop can run
//           other coroutines until the lock is free.
#include <racekit/lock/spin_lock.hpp>
#include <racekit/scenario.hpp>

#include "strand.hpp"

#include <utility>

namespace {

using namespace racekit::strand;

struct racy {
    static task work(racekit::spin_lock& gate) {
        gate.lock();  // <- race
        co_await turn_of_the_loop();
        gate.unlock();
    }
};

struct fixed {
    static task work(racekit::spin_lock& gate) {
        while (!gate.try_lock()) co_await until_change();
        co_await turn_of_the_loop();
        gate.unlock();
    }
};

template <class coroutine>
struct lock_across_await {
    static constexpr int threads = 2;
    racekit::spin_lock loop;
    racekit::spin_lock gate;

    void thread(int) {
        drive(coroutine::work(gate), loop, [](auto& mine) {
            if (std::exchange(mine.waits, false)) racekit::spin_hint();
        });
    }
};

}  // namespace

RACEKIT_SCENARIO(lock_across_await, racy, fixed, .title = "A lock held across a co_await",
                 .bug_class = "deadlock", .cwe = 833, .stress = racekit::may_find("hang"),
                 .tsan = racekit::finds("deadlock"), .model = racekit::finds("deadlock"),
                 .reference = "asyncio documentation: its Lock is not threading.Lock");
