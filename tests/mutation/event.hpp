// SPDX-License-Identifier: MIT
// Clients of event that need every one of its orders.
//
// beyond count_sets: without it wait() behaves as if it had checked only after the pulse, and no
//     client can know when wait() has checked. Only time is lost: the unit test
//     a_pulse_wakes_a_sleeper shows it.
#pragma once

#include "mutation/waiting_clients.hpp"

#include <racekit/lock/event.hpp>

namespace racekit::mutation {

template <class orders>
struct stays_set {
    void announce(int) { arrived.set(); }
    bool received() {
        arrived.wait();
        RACEKIT_CHECK(arrived.is_set());
        return true;
    }

    basic_futex_event<orders> arrived;
};

/// Set and cleared at once: the waiter may come too late.
template <class orders>
struct pulse {
    void announce(int) {
        arrived.set();
        arrived.clear();
    }
    bool received() { return arrived.wait_for(short_time); }

    basic_futex_event<orders> arrived;
};

/// Each piece of work is announced. The worker clears the event first, then checks. The event is
/// set at the begin, by earlier work.
template <class orders, int pieces>
struct work_is_announced {
    static constexpr int threads = 2;
    static constexpr auto relaxed = std::memory_order_relaxed;
    void act(int thread) {
        if (thread == 0) {
            for (int done = 0; done < pieces;) {
                announced.wait();
                announced.clear();
                while (done < pieces && work[done].load(relaxed) != 0) ++done;
            }
        } else {
            for (auto& piece : work) {
                piece.store(1, relaxed);
                announced.set();
            }
        }
    }

    basic_futex_event<orders> announced{true};
    atomic<int> work[pieces];
};

template <class orders>
void clients(trial& over) {
    over.client<letter_is_announced<stays_set<orders>>>("letter");
    over.client<letter_is_announced<pulse<orders>>>("letter, a pulse");
    over.client<work_is_announced<orders, 1>>("a piece of work");
    over.large_client<work_is_announced<orders, 2>>("two pieces of work");
}

}  // namespace racekit::mutation
