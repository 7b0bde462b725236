// SPDX-License-Identifier: MIT
// Two results for one future. Two servers answer one question; each answer asks whether it is the
// first, awaits, and then gives the result.
//
//     answer 0:  done? no, await .................. set the result
//     answer 1:  ................ done? no, await .................. set the result: refused
//
// The race: the check and the result are separated by a co_await, where the other answer runs.
// The fix:  one step that checks and gives: try_set_value().
#include <racekit/scenario.hpp>
#include <racekit/task/event_loop.hpp>

#include "quiet.hpp"

namespace {

using racekit::event_loop;
using racekit::task;

struct racy {
    static task<> give(event_loop& loop, racekit::future_source<>& answer) {
        if (answer.future().is_done()) co_return;
        co_await loop.turn();
        answer.set_value();  // <- race
    }
};

struct fixed {
    static task<> give(event_loop& loop, racekit::future_source<>& answer) {
        co_await loop.turn();
        (void)answer.try_set_value();
    }
};

template <class server>
struct future_set_twice {
    static constexpr int threads = 2;
    event_loop loop;
    racekit::future_source<> answer{loop};
    racekit::plain<int> served{0};
    racekit::plain<int> refused{0};

    task<> serve() {
        try {
            co_await server::give(loop, answer);
        } catch (racekit::future_already_done const&) {
            refused.write(1);
        }
        served.write(served.read() + 1);
        if (served.read() == 2) loop.stop();
    }
    void thread(int self) {
        loop.call_soon_threadsafe([this] { (void)loop.spawn(serve()); });
        if (self == 0) loop.run_forever();
    }
    void after() { RACEKIT_CHECK_EQUAL(0, refused.read()); }
};

}  // namespace

RACEKIT_SCENARIO(
    future_set_twice, racy, fixed, .title = "A second result for a future",
    .bug_class = "check then act", .cwe = 367, .stress = racekit::may_find("failed check"),
    .tsan = racekit::finds("failed check"), .model = racekit::finds("failed check"),
    .reference = "asyncio: InvalidStateError; std::promise: promise_already_satisfied");
