// SPDX-License-Identifier: MIT
// Clients of robust_event that need every one of its orders and steps.
// beyond count_sets: no client can know when wait() has begun; the unit test
//     a_pulse_lets_sleepers_through shows it.
#pragma once

#include "mutation/mutation.hpp"

#include <racekit/shared/robust_event.hpp>

namespace racekit::mutation {

template <class orders>
struct tells_by_an_event {
    static constexpr int threads = 2;
    void act(int thread) {
        if (thread == 0) {
            data.write(1);
            gate.set();
        } else {
            gate.wait();
            RACEKIT_CHECK_EQUAL(1, data.read());
        }
    }
    basic_robust_event<orders> gate;
    plain<int> data{0};
};

template <class orders>
void clients(trial& over) {
    over.client<tells_by_an_event<orders>>("set, wait");
}

}  // namespace racekit::mutation
