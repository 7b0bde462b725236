// SPDX-License-Identifier: MIT
// Clients of monitor_queue that need each of its marked steps.
#pragma once

#include "mutation/mutation.hpp"

#include <racekit/queue/monitor_queue.hpp>

#include <cstddef>

namespace racekit::mutation {

/// One element for each of two threads: neither of them gets `closed`.
template <class steps>
struct one_each {
    static constexpr int threads = 3;
    void act(int thread) {
        int got = 0;
        if (thread != 0) {
            RACEKIT_CHECK(queue.get(got) == queue_state::done);
        } else {
            for (int element : {1, 2}) RACEKIT_CHECK(queue.put(element) == queue_state::done);
        }
    }
    void after() { RACEKIT_CHECK(queue.empty()); }

    monitor_queue<int, fifo, steps> queue{2};
};

/// A thread that waits for room when the queue is closed has put nothing.
template <class steps>
struct closed_before_there_is_room {
    static constexpr int threads = 2;
    void act(int thread) {
        if (thread == 0) {
            RACEKIT_CHECK(queue.put(2) == queue_state::closed);
        } else {
            queue.close();
        }
    }
    void after() { RACEKIT_CHECK_EQUAL(std::size_t(1), queue.size()); }

    closed_before_there_is_room() { (void)queue.put(1); }

    monitor_queue<int, fifo, steps> queue{1};
};

template <class steps>
void clients(trial& over) {
    over.client<one_each<steps>>("one for each of two");
    over.client<closed_before_there_is_room<steps>>("closed before there is room");
}

}  // namespace racekit::mutation
