// SPDX-License-Identifier: MIT
// A loop stopped with work queued. Another thread hands a job over in time, and it is never done.
//
//     loop:     own work done, stop .......................... the run ends
//     clerk:    ...................... hand the job over ..... (queued for ever)
//
// The race: stop() ends the run after the turn in which the loop comes to it. A call that another
//           thread hands over after that stays queued, and the program ends.
// The fix:  the thread that hands work over asks for the stop, after its last call: the calls of
// one
//           thread keep their order. Or run until a future is done that stands for the work.
//
// close() returns how much was left, and reports it.
#include <racekit/scenario.hpp>
#include <racekit/task/event_loop.hpp>

#include "quiet.hpp"

namespace {

using racekit::event_loop;

struct racy {
    static void end_of_own_work(event_loop& loop) { loop.stop(); }  // <- race
    static void end_of_handing_over(event_loop&) {}
};

struct fixed {
    static void end_of_own_work(event_loop&) {}
    static void end_of_handing_over(event_loop& loop) { loop.stop(); }
};

template <class ending>
struct stopped_with_work {
    static constexpr int threads = 2;
    event_loop loop;
    racekit::plain<int> done{0};

    void thread(int self) {
        if (self == 0) {
            ending::end_of_own_work(loop);
            loop.run_forever();
        } else {
            loop.call_soon_threadsafe([this] { done.write(1); });
            ending::end_of_handing_over(loop);
        }
    }
    void after() { RACEKIT_CHECK_EQUAL(1, done.read()); }
};

}  // namespace

RACEKIT_SCENARIO(
    stopped_with_work, racy, fixed, .title = "A job queued in a loop that has stopped",
    .bug_class = "lost item", .cwe = 362, .stress = racekit::may_find("failed check"),
    .tsan = racekit::finds("failed check"), .model = racekit::finds("failed check"),
    .reference = "asyncio: loop.stop() and pending callbacks; Asio: io_context::stop()");
