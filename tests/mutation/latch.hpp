// SPDX-License-Identifier: MIT
// Clients of latch that need every one of its orders.
#pragma once

#include "mutation/waiting_clients.hpp"

#include <racekit/lock/latch.hpp>

namespace racekit::mutation {

template <class orders>
struct opened_by_one {
    void announce(int) { gate.count_down(); }
    bool received() {
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

/// All threads but the first store a value; the first waits for all values.
template <class orders, int thread_count>
struct all_bring_something : client_of_size<thread_count, 0> {
    void act(int thread) {
        if (thread != 0) {
            brought[thread].write(thread);
            return gate.count_down();
        }
        gate.wait();
        for (int other = 1; other < thread_count; ++other)
            RACEKIT_CHECK_EQUAL(other, brought[other].read());
    }

    basic_futex_latch<orders> gate{thread_count - 1};
    plain<int> brought[thread_count];
};

template <class orders>
void clients(trial& over) {
    over.client<letter_is_announced<opened_by_one<orders>>>("letter");
    over.client<all_meet<opened_by_both<orders>>>("two arrive");
    over.client<all_bring_something<orders, 3>>("two bring, none spurious");
}

}  // namespace racekit::mutation
