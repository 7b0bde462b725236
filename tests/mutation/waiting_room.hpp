// SPDX-License-Identifier: MIT
// Clients of waiting_room that need every one of its orders.
#pragma once

#include "mutation/mutation.hpp"

#include <racekit/queue/waiting_room.hpp>

namespace racekit::mutation {

/// One thread makes the condition true and wakes; the others sleep until then.
template <class orders, bool all, int thread_count>
struct door_is_opened {
    static constexpr int threads = thread_count;
    void act(int thread) {
        if (thread == 0) {
            open.store(true, std::memory_order_seq_cst);
            all ? room.wake_all() : room.wake_one();
        } else {
            (void)room.wait_until(never, [&] { return open.load(std::memory_order_seq_cst); });
        }
    }

    basic_waiting_room<orders> room;
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
                room.wake_one();
            }
            return;
        }
        (void)room.wait_until(never, [&] {
            int left = there.load(std::memory_order_seq_cst);
            while (left != 0 && !there.compare_exchange_strong(left, left - 1)) {
            }
            return left != 0;
        });
    }

    basic_waiting_room<orders> room;
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
