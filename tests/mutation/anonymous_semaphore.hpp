// SPDX-License-Identifier: MIT
// Clients of anonymous_semaphore that need every one of its orders.
#pragma once

#include "mutation/mutation.hpp"

#include <racekit/shared/anonymous_semaphore.hpp>

namespace racekit::mutation {

template <class orders>
struct hands_over {
    static constexpr int threads = 2;
    void act(int thread) {
        if (thread == 0) {
            data.write(1);
            turn.release();
        } else {
            turn.acquire();
            RACEKIT_CHECK_EQUAL(1, data.read());
        }
    }
    basic_anonymous_semaphore<orders> turn;
    plain<int> data{0};
};

template <class orders>
void clients(trial& over) {
    over.client<hands_over<orders>>("hand over");
}

}  // namespace racekit::mutation
