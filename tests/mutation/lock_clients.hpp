// SPDX-License-Identifier: MIT
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

enum class taking { waiting, trying, until };

/// Whether it got it.
template <class Lock>
bool take(Lock& gate, taking how) {
    if (how == taking::trying) return gate.try_lock();
    if (how == taking::until) return gate.try_lock_for(std::chrono::milliseconds(1));
    gate.lock();
    return true;
}

/// One only tries, or gives up in time: it may come too early or too late.
template <class Lock, taking how>
struct one_may_not_get_it {
    static constexpr int threads = 2;
    void act(int thread) {
        if (!take(gate, thread == 0 ? taking::waiting : how)) return;
        count.write(count.read() + 1);
        gate.unlock();
    }
    void after() { expect_free(gate); }

    Lock gate;
    plain<int> count{0};
};

template <class Lock>
using one_tries = one_may_not_get_it<Lock, taking::trying>;
template <class Lock>
using one_gives_up = one_may_not_get_it<Lock, taking::until>;

template <class Lock>
void lock_clients(trial& over) {
    over.client<counter_under_lock<Lock, 2, 1>>("counter 2x1");
    over.client<one_tries<Lock>>("one tries");
    over.client<one_gives_up<Lock>>("one gives up");
    over.client<counter_under_lock<Lock, 2, 2>>("counter 2x2");
    over.large_client<counter_under_lock<Lock, 3, 1, 0>>("counter 3x1, none spurious");
}

}  // namespace racekit::mutation
