// SPDX-License-Identifier: MIT
// A coroutine, and the event loop that it shares with others: a lock (a strand). Each coroutine has
// its own thread, so the schedule chooses which coroutine runs next.
#pragma once

#include <racekit/lock/guard.hpp>
#include <racekit/scenario.hpp>

#include <coroutine>

namespace racekit::strand {

struct task {
    struct promise_type {
        bool waits = false;
        task get_return_object() {
            return {std::coroutine_handle<promise_type>::from_promise(*this)};
        }
        std::suspend_always initial_suspend() { return {}; }
        std::suspend_always final_suspend() noexcept { return {}; }
        void return_void() {}
        void unhandled_exception() { throw; }
    };
    std::coroutine_handle<promise_type> frame;
};

using turn_of_the_loop = std::suspend_always;

/// Suspends until something has changed.
struct until_change : std::suspend_always {
    static void await_suspend(std::coroutine_handle<task::promise_type> waiter) {
        waiter.promise().waits = true;
    }
};

/// Resumes the coroutine until it is done, each time after `ready(promise)`, under the loop lock.
template <class Loop, class Ready>
void drive(task const one, Loop& loop, Ready ready) {
    while (!one.frame.done()) {
        ready(one.frame.promise());
        scoped_lock one_at_a_time(loop);
        one.frame.resume();
    }
    one.frame.destroy();
}

}  // namespace racekit::strand
