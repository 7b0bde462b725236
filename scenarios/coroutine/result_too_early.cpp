// SPDX-License-Identifier: MIT
// A result read before it is there. The loop makes one turn, and then the result is expected.
//
//     loop:    one turn ........ read the result: it is not there
//     other:   ................................................... give the result
//
// The race: one turn makes the calls that are queued. Whether the result is among them depends on
//           the other thread.
// The fix:  run until the future is done.
#include <racekit/scenario.hpp>
#include <racekit/task/event_loop.hpp>

#include "quiet.hpp"

namespace {

using racekit::event_loop;
using racekit::future;

struct racy {
    static int read(event_loop& loop, future<int> const& of) {
        loop.stop();
        loop.run_forever();
        return of.result();  // <- race
    }
};

struct fixed {
    static int read(event_loop& loop, future<int> const& of) { return loop.run_until_complete(of); }
};

template <class reader>
struct result_too_early {
    static constexpr int threads = 2;
    event_loop loop;
    racekit::future_source<int> answer{loop};

    void thread(int self) {
        if (self == 0) RACEKIT_CHECK_EQUAL(42, reader::read(loop, answer.future()));
        else loop.call_soon_threadsafe([this] { answer.set_value(42); });
    }
};

}  // namespace

RACEKIT_SCENARIO(result_too_early, racy, fixed, .title = "A result expected after one turn",
                 .bug_class = "order violation", .cwe = 362,
                 .stress = racekit::may_find("uncaught exception"),
                 .tsan = racekit::finds("uncaught exception"),
                 .model = racekit::finds("uncaught exception"),
                 .reference = "asyncio: InvalidStateError: Result is not set");
