// SPDX-License-Identifier: MIT
// Clients for every mutual-exclusion lock.
#pragma once

#include "mutation/mutation.hpp"

#include <chrono>

namespace racekit::mutation {

/// When all threads have finished, the lock is free and can be locked.
template <class Lock>
void expect_free(Lock& gate) {
    RACEKIT_CHECK(gate.try_lock());
    gate.unlock();
}

/// Each thread counts `rounds` times under the lock.
template <class Lock, int thread_count, int rounds, int spurious = 1>
struct counter_under_lock : client_of_size<thread_count, spurious> {
    void act(int) {
        for (int round = 0; round < rounds; ++round) {
            gate.lock();
            count.write(count.read() + 1);
            gate.unlock();
        }
    }
    void after() {
        RACEKIT_CHECK_EQUAL(thread_count * rounds, count.read());
        expect_free(gate);
    }

    Lock gate;
    plain<int> count{0};
};

enum class taking { waiting, trying, until };

/// Returns whether it locked.
template <class Lock>
bool take(Lock& gate, taking how) {
    if (how == taking::trying) return gate.try_lock();
    if (how == taking::until) return gate.try_lock_for(std::chrono::milliseconds(1));
    gate.lock();
    return true;
}

/// One thread only tries, or waits until a deadline: it may come too early or too late.
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

/// The thread that takes the lock last destroys it, though the unlock() of the other one may not
/// have returned. Not for a lock that wakes after its last access: the model refuses a futex_wake
/// of a word that is gone, which the kernel ignores.
template <class Lock>
struct last_holder_destroys {
    static constexpr int threads = 2;
    void act(int) {
        gate->lock();
        bool const last = ++holders == 2;
        gate->unlock();
        if (last) delete gate;
    }

    Lock* gate = new Lock;
    int holders = 0;  // under the lock
};

template <class Lock>
using one_tries = one_may_not_get_it<Lock, taking::trying>;
template <class Lock>
using one_times_out = one_may_not_get_it<Lock, taking::until>;

template <class Lock>
void lock_clients(trial& over) {
    over.client<counter_under_lock<Lock, 2, 1>>("counter 2x1");
    over.client<one_tries<Lock>>("one tries");
    over.client<one_times_out<Lock>>("one times out");
    over.client<counter_under_lock<Lock, 2, 2>>("counter 2x2");
    over.large_client<counter_under_lock<Lock, 3, 1, 0>>("counter 3x1, none spurious");
}

}  // namespace racekit::mutation
