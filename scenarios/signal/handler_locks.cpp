// SPDX-License-Identifier: MIT
// Handler locks. A signal handler writes to the log, and interrupts a thread that is writing to it.
//
//     process 0:  lock, lines + 1 ... interrupted: handler: lock ... for ever
//     process 1:  .................. signal
//
// The race: the handler runs on the thread that holds the lock, and that thread cannot unlock
//           before the handler returns. A recursive lock would not hang, but the handler would see
//           a half-done change.
// The fix:  the handler only sets a flag; the thread checks the flag when it holds no
//           lock.
//
// ThreadSanitizer delays a signal until the thread makes a call that it intercepts, so no signal
// arrives inside the critical section.
#include <racekit/lock/mutex.hpp>
#include <racekit/scenario.hpp>

namespace {

struct log {
    racekit::process_signal hang_up;
    racekit::mutex gate;
    racekit::plain<int> lines{0};
    racekit::atomic<bool> is_wanted{false};

    void write() {
        racekit::scoped_lock hold(gate);
        lines.write(lines.read() + 1);
        hang_up.may_arrive();
    }
};

struct racy : log {
    static void handler(void* self) { static_cast<racy*>(self)->write(); }  // <- race
};

struct fixed : log {
    static void handler(void* self) { static_cast<fixed*>(self)->is_wanted.store(true); }
};

template <class log>
struct handler_locks {
    static constexpr int processes = 2;
    log shared;

    void process(int self) {
        if (self == 1) return shared.hang_up.send();
        shared.hang_up.open(log::handler, &shared);
        shared.write();
        shared.hang_up.close();
        if (shared.is_wanted.load()) shared.write();
    }
    void after() {
        int const lines = shared.lines.read();
        RACEKIT_CHECK(lines == 1 || lines == 2);
    }
};

}  // namespace

RACEKIT_SCENARIO(handler_locks, racy, fixed, .title = "A signal handler that takes a lock",
                 .bug_class = "deadlock", .cwe = 828,
                 .tsan = racekit::absent("it delays signals, so none arrives inside"),
                 .model = racekit::finds("deadlock"), .process = racekit::finds("hang"),
                 .reference = "CPython gh-126434: Event.set() in a signal handler");
