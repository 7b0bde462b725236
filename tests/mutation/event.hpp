// Clients of event that need every one of its orders.
//
// beyond count_sets: what it does without is what it does with it if wait() looks only after the
//     pulse, and no client can know whether wait() has looked. What is lost is time: the unit test
//     a_pulse_wakes_a_sleeper shows it.
#pragma once

#include "mutation/waiting_clients.hpp"

#include <racekit/lock/event.hpp>

namespace racekit::mutation {

template <class orders>
struct stays_set {
    void tell(int) { arrived.set(); }
    bool told() {
        arrived.wait();
        RACEKIT_CHECK(arrived.is_set());
        return true;
    }

    basic_futex_event<orders> arrived;
};

/// Set for a moment only: the waiter can have come too late.
template <class orders>
struct pulse {
    void tell(int) {
        arrived.set();
        arrived.clear();
    }
    bool told() { return arrived.wait_for(a_moment); }

    basic_futex_event<orders> arrived;
};

/// Two pieces of work, each announced; who does them clears the event first, then looks.
template <class orders, int cast>
struct work_is_announced {
    static constexpr int threads = cast;
    static constexpr auto relaxed = std::memory_order_relaxed;
    void act(int thread) {
        if (thread == 0) {
            while (work[0].load(relaxed) + work[1].load(relaxed) != 2) {
                announced.wait();
                announced.clear();
            }
        } else {
            for (int piece = thread - 1; piece < 2; piece += cast - 1) {
                work[piece].store(1, relaxed);
                announced.set();
            }
        }
    }

    basic_futex_event<orders> announced;
    atomic<int> work[2]{0, 0};
};

template <class orders>
void clients(trial& over) {
    over.client<letter_is_announced<stays_set<orders>>>("letter");
    over.client<letter_is_announced<pulse<orders>>>("letter, a pulse");
    over.client<work_is_announced<orders, 2>>("two pieces of work");
}

}  // namespace racekit::mutation
