// SPDX-License-Identifier: MIT
// A pulsed event. It is set and cleared before the woken waiter has checked it.
//
//     waiter:  waits ..................................... woken: not set, waits ... for ever
//     pulser:  ....... set, notify ......... clear
//
// The race: waking up and checking the flag are two steps. The flag is cleared again before the
//           second step.
// The fix:  count the pulses. A counter never goes back: a waiter that waits for it to change sees
//           the change, however late it checks.
#include <racekit/lock/condition_variable.hpp>
#include <racekit/scenario.hpp>

namespace {

struct racy {
    racekit::mutex gate;
    racekit::condition_variable changed;
    racekit::plain<int> pulses{0};

    void pulse() {
        racekit::unique_lock hold(gate);
        pulses.write(pulses.read() + 1);
        changed.notify_all();
        hold.unlock();
        hold.lock();
        pulses.write(0);  // <- race
    }
};

struct fixed {
    racekit::mutex gate;
    racekit::condition_variable changed;
    racekit::plain<int> pulses{0};

    void pulse() {
        racekit::unique_lock hold(gate);
        pulses.write(pulses.read() + 1);
        changed.notify_all();
    }
};

template <class event>
struct pulsed_event {
    static constexpr int threads = 2;
    event shared;
    racekit::atomic<bool> is_waiting{false};

    void thread(int self) { self == 0 ? pulse() : wait(); }

    void pulse() {
        (void)racekit::await(is_waiting, [](bool it) { return it; });
        shared.pulse();
    }
    void wait() {
        racekit::unique_lock hold(shared.gate);
        is_waiting.store(true);  // only wait() releases the lock
        int const seen = shared.pulses.read();
        while (shared.pulses.read() == seen)
            shared.changed.wait(hold);
    }
};

}  // namespace

RACEKIT_SCENARIO(pulsed_event, racy, fixed,
                 .title = "An event set and cleared before the waiter checks it",
                 .bug_class = "missed event", .cwe = 362, .stress = racekit::may_find("hang"),
                 .tsan = racekit::finds("deadlock"), .model = racekit::finds("lost wake-up"),
                 .reference = "CPython gh-95826: an Event set and cleared; Win32 PulseEvent");
