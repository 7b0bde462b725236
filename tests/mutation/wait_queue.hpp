// SPDX-License-Identifier: MIT
// Clients of wait_queue that need every one of its orders.
//
// beyond claim: load buffering, which C++ allows without it: the waker claims the waiter that adds
//     itself only after it has read the sequence_ that this wake changes. Here every load returns a
//     store that was made before.
#pragma once

#include "mutation/mutation.hpp"

#include <racekit/lock/wait_queue.hpp>

namespace racekit::mutation {

/// One thread makes the condition true and wakes; the others sleep until then.
template <class orders, bool all, int thread_count>
struct door_is_opened {
    static constexpr int threads = thread_count;
    void act(int thread) {
        if (thread == 0) {
            open.store(true, std::memory_order_seq_cst);
            all ? waiters.wake_all() : waiters.wake(1);
        } else {
            (void)waiters.wait_until(never, [&] { return open.load(std::memory_order_seq_cst); });
        }
    }

    basic_wait_queue<orders> waiters;
    atomic<bool> open{false};
};

/// Each of two threads makes an item that one of the others can take.
template <class orders>
struct one_for_each {
    static constexpr int threads = 3;
    static model::exploration_config config() {
        model::exploration_config result;
        result.spurious = 0;
        return result;
    }
    void act(int thread) {
        if (thread == 0) {
            for (int made = 0; made < 2; ++made) {
                there.fetch_add(1, std::memory_order_seq_cst);
                waiters.wake(1);
            }
            return;
        }
        (void)waiters.wait_until(never, [&] {
            int left = there.load(std::memory_order_seq_cst);
            while (left != 0 && !there.compare_exchange_strong(left, left - 1)) {
            }
            return left != 0;
        });
    }

    basic_wait_queue<orders> waiters;
    atomic<int> there{0};
};

template <class orders>
void clients(trial& over) {
    over.client<door_is_opened<orders, false, 2>>("a door, wake_one");
    over.client<door_is_opened<orders, true, 2>>("a door, wake_all");
    over.client<one_for_each<orders>>("one for each of two");
    over.large_client<door_is_opened<orders, true, 3>>("a door, two sleepers");
}

}  // namespace racekit::mutation
