// SPDX-License-Identifier: MIT
// Clients for every primitive that threads wait with.
//
// Means adapts the primitive to the client. It may have its own after().
#pragma once

#include "mutation/mutation.hpp"

#include <chrono>

namespace racekit::mutation {

constexpr std::chrono::milliseconds short_time{1};

template <class Means>
void look_after(Means& means) {
    if constexpr (requires { means.after(); }) means.after();
}

/// Thread 0 writes a letter and calls announce(number of readers). A reader for which received()
/// returns true reads the letter.
template <class Means, int thread_count = 2, int spurious = 1>
struct letter_is_announced : client_of_size<thread_count, spurious> {
    void act(int thread) {
        if (thread == 0) {
            letter.write(42);
            means.announce(thread_count - 1);
        } else if (means.received()) {
            RACEKIT_CHECK_EQUAL(42, letter.read());
        }
    }
    void after() { look_after(means); }

    Means means;
    plain<int> letter{0};
};

/// In each cycle each thread stores a value, all call meet(cycle), and each reads all values.
template <class Means, int thread_count = 2, int cycles = 1, int spurious = 1>
struct all_meet : client_of_size<thread_count, spurious> {
    void act(int thread) {
        for (int cycle = 0; cycle < cycles; ++cycle) {
            brought[cycle][thread].write(1);
            means.meet(cycle);
            for (int other = 0; other < thread_count; ++other)
                RACEKIT_CHECK_EQUAL(1, brought[cycle][other].read());
        }
    }
    void after() { look_after(means); }

    Means means;
    plain<int> brought[cycles][thread_count];
};

}  // namespace racekit::mutation
