// SPDX-License-Identifier: MIT
// A blocking call inside the loop. A task waits for an event with a call that blocks its thread;
// the call that would set the event is behind it in the same loop.
//
//     loop:    the task waits, and the thread with it: for ever
//     other:   ............ hand over "ready" ..... (queued behind the task)
//
// The race: a loop has one thread. What blocks it blocks everything in the loop, also what it waits
//           for. It works as long as "ready" happens to come first.
// The fix:  await instead: a co_await suspends the task and leaves the thread to others.
#include <racekit/lock/event.hpp>
#include <racekit/scenario.hpp>
#include <racekit/task/event_loop.hpp>

#include "quiet.hpp"

namespace {

using racekit::event_loop;
using racekit::task;

struct racy {
    explicit racy(event_loop&) {}
    task<> wait() {
        ready.wait();  // <- race
        co_return;
    }
    void set() { ready.set(); }

    racekit::event ready;
};

struct fixed {
    explicit fixed(event_loop& loop) : ready(loop) {}
    task<> wait() { co_await ready.future(); }
    void set() { ready.set_value(); }

    racekit::future_source<> ready;
};

template <class condition>
struct blocked_loop {
    static constexpr int threads = 2;
    event_loop loop;
    condition ready{loop};

    task<> work() {
        co_await ready.wait();
        loop.stop();
    }
    void thread(int self) {
        if (self == 0) {
            loop.call_soon_threadsafe([this] { (void)loop.spawn(work()); });
            loop.run_forever();
        } else {
            loop.call_soon_threadsafe([this] { ready.set(); });
        }
    }
};

}  // namespace

RACEKIT_SCENARIO(
    blocked_loop, racy, fixed, .title = "A task that blocks its own loop", .bug_class = "deadlock",
    .cwe = 833, .stress = racekit::may_find("hang"), .tsan = racekit::finds("deadlock"),
    .model = racekit::finds("deadlock"),
    .reference = "asyncio: do not call blocking functions; .NET: Task.Result deadlock");
