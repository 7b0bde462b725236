// What every mutual-exclusion lock must hold: clients over any of them.
#pragma once

#include "mutation/mutation.hpp"

#include <chrono>

namespace racekit::mutation {

/// When all have left: nobody holds it, and it can still be taken.
template <class Lock>
void expect_free(Lock& gate) {
    RACEKIT_CHECK(gate.try_lock());
    gate.unlock();
}

/// Each thread counts `rounds` times under the lock.
template <class Lock, int cast, int rounds, int spurious = 1>
struct counter_under_lock : played_by<cast, spurious> {
    void act(int) {
        for (int round = 0; round < rounds; ++round) {
            gate.lock();
            count.write(count.read() + 1);
            gate.unlock();
        }
    }
    void after() {
        RACEKIT_CHECK_EQUAL(cast * rounds, count.read());
        expect_free(gate);
    }

    Lock gate;
    plain<int> count{0};
};

/// One only tries, and may come too early or too late.
template <class Lock>
struct one_tries {
    static constexpr int threads = 2;
    void act(int thread) {
        if (thread == 0) {
            gate.lock();
        } else if (!gate.try_lock()) {
            return;
        }
        count.write(count.read() + 1);
        gate.unlock();
    }
    void after() { expect_free(gate); }

    Lock gate;
    plain<int> count{0};
};

/// One gives up when its deadline has passed.
template <class Lock>
struct one_gives_up {
    static constexpr int threads = 2;
    void act(int thread) {
        if (thread == 0) {
            gate.lock();
        } else if (!gate.try_lock_for(std::chrono::milliseconds(1))) {
            return;
        }
        count.write(count.read() + 1);
        gate.unlock();
    }
    void after() { expect_free(gate); }

    Lock gate;
    plain<int> count{0};
};

template <class Lock>
void lock_clients(trial& over) {
    over.client<counter_under_lock<Lock, 2, 1>>("counter 2x1");
    over.client<one_tries<Lock>>("one tries");
    over.client<one_gives_up<Lock>>("one gives up");
    over.client<counter_under_lock<Lock, 2, 2>>("counter 2x2");
    over.large_client<counter_under_lock<Lock, 3, 1, 0>>("counter 3x1, none spurious");
}

}  // namespace racekit::mutation
