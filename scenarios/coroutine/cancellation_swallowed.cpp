// SPDX-License-Identifier: MIT
// A cancellation that is lost. A task tries again after every error; a cancellation looks like one
// to it, and the shutdown waits for ever.
//
//     listener:  await a message ... task_cancelled, caught: try again, await a message: for ever
//     other:     ............. cancel it ...................... the loop waits for its end
//
// The race: a cancellation is an exception that is thrown at the co_await. `catch (...)` in a loop
//           that tries again takes it for an error of the connection.
// The fix:  let task_cancelled pass: it is no std::exception, so catch those.
//
// A cancellation that comes before the first step ends the task at once: then both pass.
#include <racekit/scenario.hpp>
#include <racekit/task/event_loop.hpp>

#include "quiet.hpp"

#include <exception>
#include <optional>

namespace {

using racekit::event_loop;
using racekit::future;
using racekit::task;

struct racy {
    static task<> listen(future<> message) {
        for (bool received = false; !received;) {
            try {
                co_await message;
                received = true;
            } catch (...) {  // <- race
            }
        }
    }
};

struct fixed {
    static task<> listen(future<> message) {
        for (bool received = false; !received;) {
            try {
                co_await message;
                received = true;
            } catch (std::exception const&) {
            }
        }
    }
};

template <class listener>
struct cancellation_swallowed {
    static constexpr int threads = 2;
    event_loop loop;
    racekit::future_source<> message{loop};
    std::optional<future<>> running;

    task<> run() {
        running = loop.spawn(listener::listen(message.future()));
        co_await running->settled();
    }
    void thread(int self) {
        if (self == 0) loop.run_until_complete(run());
        else loop.call_soon_threadsafe([this] { (void)running->cancel(); });
    }
};

}  // namespace

RACEKIT_SCENARIO(cancellation_swallowed, racy, fixed, .title = "A cancellation caught as an error",
                 .bug_class = "lost cancellation", .cwe = 396, .stress = racekit::may_find("hang"),
                 .tsan = racekit::finds("deadlock"), .model = racekit::finds("lost wake-up"),
                 .reference = "CPython bpo-32528: CancelledError became a BaseException");
