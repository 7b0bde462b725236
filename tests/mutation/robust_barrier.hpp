// SPDX-License-Identifier: MIT
// Clients of robust_barrier that need every one of its orders and steps.
// beyond look_for_dead: in the model a sleeper waits for a change, natively it looks again after
//     50 ms; step-kill shows it.
// beyond finish_round: as look_for_dead.
#pragma once

#include "mutation/mutation.hpp"

#include <racekit/shared/robust_barrier.hpp>

namespace racekit::mutation {

/// Each party reads what the other one wrote before it came.
template <class orders>
struct both_have_written {
    static constexpr int threads = 2;
    void act(int thread) {
        written[thread].write(1);
        (void)meeting.wait();
        RACEKIT_CHECK_EQUAL(1, written[1 - thread].read());
    }
    robust_barrier<2, orders> meeting;
    plain<int> written[2];
};

template <class orders>
void clients(trial& over) {
    over.client<both_have_written<orders>>("both have written");
}

}  // namespace racekit::mutation
