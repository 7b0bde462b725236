// SPDX-License-Identifier: MIT
// Clients of recursive_mutex over the specification of the lock within it.
#pragma once

#include "mutation/lock_clients.hpp"

#include <racekit/lock/recursive_mutex.hpp>

namespace racekit::mutation {

/// Each thread counts while it holds two levels; the lock is free when both are unlocked.
template <class Lock>
struct two_levels {
    static constexpr int threads = 2;
    void act(int thread) {
        gate.lock();
        if (thread == 0) gate.lock();
        else RACEKIT_CHECK(gate.try_lock());
        count.write(count.read() + 1);
        gate.unlock();
        count.write(count.read() + 1);
        gate.unlock();
    }
    void after() { RACEKIT_CHECK_EQUAL(4, count.read()); }

    Lock gate;
    plain<int> count{0};
};

template <class orders>
void clients(trial& over) {
    lock_clients<basic_recursive_mutex<orders>>(over);
    over.client<two_levels<basic_recursive_mutex<orders>>>("two levels");
}

}  // namespace racekit::mutation
