// SPDX-License-Identifier: MIT
// Clients of mpsc_queue that need every one of its orders.
#pragma once

#include "mutation/mutation.hpp"

#include <racekit/queue/mpsc_queue.hpp>

namespace racekit::mutation {

/// Thread 0 consumes, the others push. The consumer gets the elements of each producer in order.
template <class orders, int producers, int items>
struct to_one {
    static constexpr int threads = 1 + producers;
    void act(int thread) {
        if (thread == 0) {
            for (int attempt = 0; attempt < producers * items; ++attempt) pop();
        } else {
            for (int item = 1; item <= items; ++item) queue.push(10 * thread + item);
        }
    }
    void after() {
        while (!queue.empty()) pop();
        for (int thread = 1; thread <= producers; ++thread)
            RACEKIT_CHECK_EQUAL(items, last[thread]);
    }
    void pop() {
        int got = 0;
        if (!queue.try_pop(got)) return;
        RACEKIT_CHECK_EQUAL(last[got / 10] + 1, got % 10);
        last[got / 10] = got % 10;
    }

    mpsc_queue<int, orders> queue;
    int last[threads] = {};
};

template <class orders>
void clients(trial& over) {
    over.client<to_one<orders, 1, 2>>("1 to 1, 2 elements");
    over.client<to_one<orders, 2, 1>>("2 to 1");
    over.large_client<to_one<orders, 2, 2>>("2 to 1, 2 elements each");
}

}  // namespace racekit::mutation
