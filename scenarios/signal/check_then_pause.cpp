// SPDX-License-Identifier: MIT
// Check, then pause. The signal comes after the flag was looked at and before the sleep began.
//
//     process 0:  came? no ............................ pause ... for ever
//     process 1:  ......... signal: handler: came = true
//
// The race: looking and falling asleep are two steps. pause() waits for the next signal, and there
//           is none.
// The fix:  hold the signal back while looking; sigsuspend() lets it in and sleeps, as one step.
//           (Or the handler writes into a pipe, and one waits for that.)
//
// ThreadSanitizer keeps a signal back until the thread next makes a call that it intercepts.
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

RACEKIT_SCENARIO(check_then_pause, racy, fixed, .title = "A signal between the look and the sleep",
                 .bug_class = "lost wake-up", .cwe = 364,
                 .tsan = racekit::absent("it keeps signals back, so none arrives in between"),
                 .model = racekit::finds("deadlock"), .process = racekit::finds("hang"),
                 .reference = "sigsuspend(2), pause(2); Stevens, Rago, APUE, 10.8");
