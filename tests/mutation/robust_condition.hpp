// SPDX-License-Identifier: MIT
// A client of robust_condition.
#pragma once

#include "mutation/mutation.hpp"

#include <racekit/shared/robust_condition.hpp>

namespace racekit::mutation {

template <class orders>
struct tells_by_a_condition {
    static constexpr int threads = 2;
    void act(int thread) {
        (void)gate.lock();
        if (thread == 0) {
            is_so.write(1);
            changed.notify_one();
        } else {
            changed.wait(gate, [] {}, [this] { return is_so.read() == 1; });
        }
        gate.unlock();
    }
    robust_mutex gate;
    basic_robust_condition<orders> changed;
    plain<int> is_so{0};
};

template <class orders>
void clients(trial& over) {
    over.client<tells_by_a_condition<orders>>("notify, wait");
}

}  // namespace racekit::mutation
