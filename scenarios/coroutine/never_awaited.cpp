// SPDX-License-Identifier: MIT
// A task that is never awaited. A call makes a task, and nothing awaits it: the record is not
// saved, and no error says so.
//
//     loop:    save() makes a task ... its end destroys it ... stop
//     store:   ............................................... empty
//
// The race: a task is lazy. The call does not run the function, it only makes the coroutine; that
//           it looks like a call that saves is the mistake.
// The fix:  co_await the task, or give it to spawn() and await its future.
//
// racekit reports such a task when it is destroyed, and a call whose task is dropped at once is a
// warning of the compiler. The schedule changes nothing here.
#include <racekit/scenario.hpp>
#include <racekit/task/event_loop.hpp>

#include "quiet.hpp"

namespace {

using racekit::event_loop;
using racekit::task;

task<> save(racekit::plain<int>& store) {
    store.write(42);
    co_return;
}

struct racy {
    static task<> work(racekit::plain<int>& store) {
        [[maybe_unused]] auto const saving = save(store);  // <- race
        co_return;
    }
};

struct fixed {
    static task<> work(racekit::plain<int>& store) {
        auto saving = save(store);
        co_await std::move(saving);
    }
};

template <class worker>
struct never_awaited {
    static constexpr int threads = 2;
    event_loop loop;
    racekit::plain<int> store{0};

    void thread(int self) {
        if (self == 1) loop.call_soon_threadsafe([this] { (void)loop.spawn(worker::work(store)); });
        if (self == 1) loop.call_soon_threadsafe([this] { loop.stop(); });
        if (self == 0) loop.run_forever();
    }
    void after() { RACEKIT_CHECK_EQUAL(42, store.read()); }
};

}  // namespace

RACEKIT_SCENARIO(never_awaited, racy, fixed, .title = "A task that nothing awaits",
                 .bug_class = "missing call", .cwe = 252, .stress = racekit::finds("failed check"),
                 .tsan = racekit::finds("failed check"), .model = racekit::finds("failed check"),
                 .never_passes = "no order of the steps runs a task that nothing awaits",
                 .reference = "asyncio: RuntimeWarning: coroutine was never awaited");
