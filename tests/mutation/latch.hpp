// SPDX-License-Identifier: MIT
// Clients of latch that need every one of its orders.
#pragma once

#include "mutation/waiting_clients.hpp"

#include <racekit/lock/latch.hpp>

namespace racekit::mutation {

template <class orders>
struct opened_by_one {
    void tell(int) { gate.count_down(); }
    bool told() {
        gate.wait();
        return true;
    }
    void after() { RACEKIT_CHECK(gate.try_wait()); }

    basic_futex_latch<orders> gate{1};
};

template <class orders>
struct opened_by_both {
    void meet(int) { gate.arrive_and_wait(); }

    basic_futex_latch<orders> gate{2};
};

/// All but the first bring something; the first waits for all of it.
template <class orders, int cast>
struct all_bring_something : played_by<cast, 0> {
    void act(int thread) {
        if (thread != 0) {
            brought[thread].write(thread);
            return gate.count_down();
        }
        gate.wait();
        for (int other = 1; other < cast; ++other)
            RACEKIT_CHECK_EQUAL(other, brought[other].read());
    }

    basic_futex_latch<orders> gate{cast - 1};
    plain<int> brought[cast];
};

template <class orders>
void clients(trial& over) {
    over.client<letter_is_announced<opened_by_one<orders>>>("letter");
    over.client<all_meet<opened_by_both<orders>>>("two arrive");
    over.client<all_bring_something<orders, 3>>("two bring, none spurious");
}

}  // namespace racekit::mutation
