// SPDX-License-Identifier: MIT
// Clients of spsc_queue that need every one of its orders.
#pragma once

#include "mutation/mutation.hpp"

#include <racekit/queue/spsc_queue.hpp>

#include <cstddef>
#include <span>

namespace racekit::mutation {

/// A producer and a consumer that each try a few times; the elements arrive in order.
template <class orders, std::size_t capacity, int tries>
struct through_the_ring {
    static constexpr int threads = 2;
    void act(int thread) {
        for (int round = 0; round < tries; ++round) {
            if (thread == 0) {
                if (ring.try_push(pushed + 1)) ++pushed;
            } else {
                int got = 0;
                if (!ring.try_pop(got)) continue;
                ++popped;
                RACEKIT_CHECK_EQUAL(popped, got);
            }
        }
    }
    void after() {
        RACEKIT_CHECK_EQUAL(static_cast<std::size_t>(pushed - popped), ring.size());
    }

    spsc_queue<int, orders> ring{capacity};
    int pushed = 0;  // only the producer accesses it
    int popped = 0;  // only the consumer accesses it
};

/// With a lag the producer never sees a free slot too early, and does not wait for ever: it pushes
/// until it sees all pops.
template <class orders>
struct through_the_lagging_ring {
    static constexpr int threads = 2;
    void act(int thread) {
        for (int round = 1; round <= 4; ++round) {
            int got = 0;
            if (thread == 0) {
                while (!ring.try_push(int(round))) spin_hint();
            } else {
                while (!ring.try_pop(got)) spin_hint();
                RACEKIT_CHECK_EQUAL(round, got);
            }
        }
    }
    void after() { RACEKIT_CHECK(ring.empty()); }

    spsc_queue<int, orders> ring{2, 2};
};

/// Batches of two, until all three elements have passed.
template <class orders>
struct through_by_batches {
    static constexpr int threads = 2;
    void act(int thread) {
        int batch[2] = {};
        for (std::size_t done = 0; done != 3;) {
            std::span<int> const next(batch, done == 2 ? 1 : 2);
            for (std::size_t at = 0; thread == 0 && at != next.size(); ++at)
                next[at] = int(done + at + 1);
            std::size_t const moved = thread == 0 ? ring.push_many(next) : ring.pop_many(next);
            for (std::size_t at = 0; thread == 1 && at != moved; ++at)
                RACEKIT_CHECK_EQUAL(int(done + at + 1), next[at]);
            done += moved;
            if (moved == 0) spin_hint();
        }
    }
    void after() { RACEKIT_CHECK(ring.empty()); }

    spsc_queue<int, orders> ring{2};
};

template <class orders>
void clients(trial& over) {
    // The ring has one slot more than its capacity: only the third element reuses a slot.
    over.client<through_the_ring<orders, 1, 3>>("1 slot, 3 tries each");
    over.client<through_the_ring<orders, 2, 3>>("2 slots, 3 tries each");
    over.client<through_the_lagging_ring<orders>>("2 slots and a lag of 2");
    over.client<through_by_batches<orders>>("2 slots, by batches");
    over.large_client<through_the_ring<orders, 1, 4>>("1 slot, 4 tries each");
    over.large_client<through_the_ring<orders, 2, 5>>("2 slots, 5 tries each");
}

}  // namespace racekit::mutation
