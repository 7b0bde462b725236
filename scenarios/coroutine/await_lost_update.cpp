// SPDX-License-Identifier: MIT
// Lost update across an await. Two coroutines share one event loop, so they never run at the same
// time; one update is still lost.
//
//     coroutine 0:  read 0, await ..................... write 1
//     coroutine 1:  ............... read 0, await ............... write 1        count: 1, not 2
//
// The race: a coroutine runs alone only until its next await. At an await the loop runs any ready
//           coroutine, and a value read before it may be outdated after it.
// The fix:  do not use a value across an await: await first, then read and write.
//
// There is no data race: the loop orders all accesses.
#include <racekit/lock/mutex.hpp>
#include <racekit/scenario.hpp>

#include "strand.hpp"

namespace {

using namespace racekit::strand;

struct racy {
    static task add_one(racekit::plain<int>& count) {
        int const seen = count.read();
        co_await turn_of_the_loop();
        count.write(seen + 1);  // <- race
    }
};

struct fixed {
    static task add_one(racekit::plain<int>& count) {
        co_await turn_of_the_loop();
        int const seen = count.read();
        count.write(seen + 1);
    }
};

template <class coroutine>
struct await_lost_update {
    static constexpr int threads = 2;
    racekit::mutex loop;
    racekit::plain<int> count{0};

    void thread(int) {
        drive(coroutine::add_one(count), loop, [](auto&) {});
    }
    void after() { RACEKIT_CHECK_EQUAL(2, count.read()); }
};

}  // namespace

RACEKIT_SCENARIO(await_lost_update, racy, fixed, .title = "A value kept across a co_await",
                 .bug_class = "atomicity violation", .cwe = 362,
                 .stress = racekit::may_find("failed check"),
                 .tsan = racekit::finds("failed check"), .model = racekit::finds("failed check"),
                 .reference = "asyncio, JavaScript: a read-modify-write around an await");
