// SPDX-License-Identifier: MIT
// A pulsed event. It is set and cleared again before the one who waits for it has looked.
//
//     waiter:  waits ..................................... woken: not set, waits ... for ever
//     pulser:  ....... set, notify ......... clear
//
// The race: being woken and looking are two steps. The flag that tells them why is gone by the
//           second.
// The fix:  count the pulses. A count does not go back; whoever waits for it to change sees that it
//           did, however late it looks.
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
        is_waiting.store(true);  // and gives the lock up only by waiting
        int const seen = shared.pulses.read();
        while (shared.pulses.read() == seen)
            shared.changed.wait(hold);
    }
};

}  // namespace

RACEKIT_SCENARIO(pulsed_event, racy, fixed, .title = "Set and cleared before anybody looked",
                 .bug_class = "missed event", .cwe = 362, .stress = racekit::may_find("hang"),
                 .tsan = racekit::finds("deadlock"), .model = racekit::finds("lost wake-up"),
                 .reference = "CPython gh-95826: an Event set and cleared; Win32 PulseEvent");
