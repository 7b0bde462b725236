// SPDX-License-Identifier: MIT
// Clients of shared_mutex's implementation that need every one of its orders.
#pragma once

#include "mutation/lock_clients.hpp"

#include <racekit/lock/shared_mutex.hpp>

#include <chrono>

namespace racekit::mutation {

template <class Lock>
bool take_shared(Lock& gate, taking how) {
    if (how == taking::trying) return gate.try_lock_shared();
    if (how == taking::until) return gate.try_lock_shared_for(std::chrono::milliseconds(1));
    gate.lock_shared();
    return true;
}

/// One thread writes both halves of a value, the others read them.
template <class orders, int counters, int thread_count, taking writing, taking reading>
struct readers_and_writer {
    static constexpr int threads = thread_count;
    void act(int thread) {
        if (thread == 0) {
            if (!take(gate, writing)) return;
            left.write(1);
            right.write(1);
            gate.unlock();
        } else {
            if (!take_shared(gate, reading)) return;
            RACEKIT_CHECK_EQUAL(left.read(), right.read());
            gate.unlock_shared();
        }
    }

    basic_futex_shared_mutex<orders, counters> gate;
    plain<int> left{0};
    plain<int> right{0};
};

/// A reader that sees that the writer is done destroys the lock, though unlock() may not have
/// returned.
template <class orders>
struct destroyed_by_a_reader {
    static constexpr int threads = 2;
    void act(int thread) {
        if (thread == 0) {
            gate->lock();
            done.write(true);
            gate->unlock();
            return;
        }
        if (!gate->try_lock_shared()) return;
        bool const last = done.read();
        gate->unlock_shared();
        if (!last) return;
        destroyed = true;
        delete gate;
    }
    void after() {
        if (!destroyed) delete gate;
    }

    basic_futex_shared_mutex<orders, 1>* gate = new basic_futex_shared_mutex<orders, 1>;
    plain<bool> done{false};
    bool destroyed = false;
};

template <class orders>
void clients(trial& over) {
    using enum taking;
    over.client<readers_and_writer<orders, 1, 2, waiting, waiting>>("reader and writer");
    over.client<readers_and_writer<orders, 1, 2, trying, trying>>("both try");
    over.client<readers_and_writer<orders, 1, 2, until, until>>("both time out");
    over.client<readers_and_writer<orders, 2, 2, waiting, waiting>>("two counters");
    over.client<counter_under_lock<basic_futex_shared_mutex<orders, 1>, 2, 1>>("two writers");
    over.client<destroyed_by_a_reader<orders>>("destroyed by a reader");
    over.client<counter_under_lock<basic_futex_shared_mutex<orders, 1>, 3, 1, 0>>("three writers");
    over.large_client<readers_and_writer<orders, 2, 3, waiting, waiting>>(
        "two readers, one writer");
}

}  // namespace racekit::mutation
