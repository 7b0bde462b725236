// SPDX-License-Identifier: MIT
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

/// Pieces of work, each announced; who does them clears the event first, then looks. It is set when
/// they begin, of earlier work.
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
