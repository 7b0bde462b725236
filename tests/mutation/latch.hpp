// Clients of latch that need every one of its orders.
#pragma once

#include "mutation/mutation.hpp"

#include <racekit/lock/latch.hpp>

namespace racekit::mutation {

/// All but the first bring something; the first waits for all of it.
template <class orders, int cast, int spurious = 1>
struct all_bring_something {
    static constexpr int threads = cast;
    static model::limits within() {
        model::limits result;
        result.spurious = spurious;
        return result;
    }
    void act(int thread) {
        if (thread == 0) {
            gate.wait();
            for (int other = 1; other < cast; ++other)
                RACEKIT_CHECK_EQUAL(other, brought[other].read());
        } else {
            brought[thread].write(thread);
            gate.count_down();
        }
    }
    void after() { RACEKIT_CHECK(gate.try_wait()); }

    basic_futex_latch<orders> gate{cast - 1};
    plain<int> brought[cast];
};

/// Everybody waits for everybody.
template <class orders>
struct all_arrive {
    static constexpr int threads = 2;
    void act(int thread) {
        brought[thread].write(1);
        gate.arrive_and_wait();
        RACEKIT_CHECK_EQUAL(1, brought[1 - thread].read());
    }

    basic_futex_latch<orders> gate{2};
    plain<int> brought[2];
};

template <class orders>
void clients(trial& over) {
    over.client<all_bring_something<orders, 2>>("one brings");
    over.client<all_arrive<orders>>("two arrive");
    over.client<all_bring_something<orders, 3, 0>>("two bring, none spurious");
}

}  // namespace racekit::mutation
