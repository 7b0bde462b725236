// SPDX-License-Identifier: MIT
// What everything that threads wait with must hold: clients over any of them.
//
// Means is what the primitive is made to do here. It may have an after() of its own.
#pragma once

#include "mutation/mutation.hpp"

#include <chrono>

namespace racekit::mutation {

constexpr std::chrono::milliseconds a_moment{1};

template <class Means>
void look_after(Means& means) {
    if constexpr (requires { means.after(); }) means.after();
}

/// Thread 0 writes a letter and tells all others: tell(how many). Who was told reads it; told()
/// may also say that nobody did.
template <class Means, int cast = 2, int spurious = 1>
struct letter_is_announced : played_by<cast, spurious> {
    void act(int thread) {
        if (thread == 0) {
            letter.write(42);
            means.tell(cast - 1);
        } else if (means.told()) {
            RACEKIT_CHECK_EQUAL(42, letter.read());
        }
    }
    void after() { look_after(means); }

    Means means;
    plain<int> letter{0};
};

/// Each brings something, all meet(cycle), and each reads what all brought; then again.
template <class Means, int cast = 2, int cycles = 1, int spurious = 1>
struct all_meet : played_by<cast, spurious> {
    void act(int thread) {
        for (int cycle = 0; cycle < cycles; ++cycle) {
            brought[cycle][thread].write(1);
            means.meet(cycle);
            for (int other = 0; other < cast; ++other)
                RACEKIT_CHECK_EQUAL(1, brought[cycle][other].read());
        }
    }
    void after() { look_after(means); }

    Means means;
    plain<int> brought[cycles][cast];
};

}  // namespace racekit::mutation
