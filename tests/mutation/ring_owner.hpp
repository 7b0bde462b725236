// SPDX-License-Identifier: MIT
// Clients of ring_owner that need every one of its orders.
#pragma once

#include "mutation/mutation.hpp"

#include <racekit/pipe/ring_owner.hpp>

namespace racekit::mutation {

/// Two processes try to become the owner; the one that is writes what both share.
template <class orders>
struct one_at_a_time {
    static constexpr int threads = 2;
    static model::exploration_config config() {
        model::exploration_config result;
        result.spawned = 1;  // then the end of each process is a step, which is_alive() sees
        return result;
    }
    void act(int) {
        if (!owner.claim()) return;
        shared.write(shared.read() + 1);
        owner.leave();
    }

    basic_ring_owner<orders> owner;
    plain<int> shared{0};
};

template <class orders>
void clients(trial& over) {
    over.client<one_at_a_time<orders>>("two processes");
}

}  // namespace racekit::mutation
