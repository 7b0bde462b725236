// SPDX-License-Identifier: MIT
// call_soon() on another thread. The queue of a loop belongs to its thread; another thread adds a
// call to it.
//
//     loop:   looks into its queue ... reads it, sleeps
//     other:  ................. adds a call, and wakes nothing
//
// The race: call_soon() takes no lock, because only the loop's thread may call it. Both threads
//           change the queue, and a loop that sleeps is not woken.
// The fix:  call_soon_threadsafe(): the call goes through a lock and wakes the loop.
#include <racekit/scenario.hpp>
#include <racekit/task/event_loop.hpp>

#include "quiet.hpp"

namespace {

using racekit::event_loop;

struct racy {
    template <class Call>
    static void hand_over(event_loop& loop, Call call) {
        loop.call_soon(call);  // <- race
    }
};

struct fixed {
    template <class Call>
    static void hand_over(event_loop& loop, Call call) {
        loop.call_soon_threadsafe(call);
    }
};

template <class way>
struct call_soon_elsewhere {
    static constexpr int threads = 2;
    event_loop loop;
    racekit::plain<int> done{0};

    void thread(int self) {
        if (self == 0) {
            loop.run_forever();
        } else {
            way::hand_over(loop, [this] { done.write(1); });
            loop.stop();
        }
    }
    void after() { RACEKIT_CHECK_EQUAL(1, done.read()); }
};

}  // namespace

RACEKIT_SCENARIO(call_soon_elsewhere, racy, fixed,
                 .title = "A call added to a loop's queue by another thread",
                 .bug_class = "data race", .cwe = 820, .stress = racekit::may_find,
                 .tsan = racekit::finds("data race"), .model = racekit::finds("data race"),
                 .reference = "asyncio: call_soon() from another thread, bpo-22926");
