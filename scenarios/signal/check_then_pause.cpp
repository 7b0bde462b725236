// SPDX-License-Identifier: MIT
// Check, then pause. The signal comes after the check of the flag and before the sleep.
//
//     process 0:  came? no ............................ pause ... for ever
//     process 1:  ......... signal: handler: came = true
//
// The race: checking and falling asleep are two steps. pause() waits for the next signal, and there
//           is none.
// The fix:  block the signal during the check; sigsuspend() unblocks it and sleeps, in one step.
//           (Or the handler writes into a pipe, and the thread waits for that.)
//
// ThreadSanitizer delays a signal until the thread makes a call that it intercepts.
#include <racekit/scenario.hpp>

namespace {

struct racy {
    racekit::process_signal signal;
    racekit::atomic<bool> came{false};

    void wait() {
        while (!came.load()) {
            signal.may_arrive();
            signal.pause();  // <- race
        }
    }
};

struct fixed {
    racekit::process_signal signal;
    racekit::atomic<bool> came{false};

    void wait() {
        signal.block();
        while (!came.load()) {
            signal.may_arrive();
            signal.suspend();
        }
    }
};

template <class waiter>
struct check_then_pause {
    static constexpr int processes = 2;
    waiter shared;

    static void handler(void* self) { static_cast<waiter*>(self)->came.store(true); }

    void process(int self) {
        if (self == 1) return shared.signal.send();
        shared.signal.open(handler, &shared);
        shared.wait();
        shared.signal.close();
    }
    void after() { RACEKIT_CHECK(shared.came.load()); }
};

}  // namespace

RACEKIT_SCENARIO(check_then_pause, racy, fixed, .title = "A signal between the check and the pause",
                 .bug_class = "lost wake-up", .cwe = 364,
                 .tsan = racekit::absent("it delays signals, so none comes in between"),
                 .model = racekit::finds("deadlock"), .process = racekit::finds("hang"),
                 .reference = "sigsuspend(2), pause(2); Stevens, Rago, APUE, 10.8");
