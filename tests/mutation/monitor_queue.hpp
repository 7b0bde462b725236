// SPDX-License-Identifier: MIT
// Clients of monitor_queue that need each of its marked steps.
#pragma once

#include "mutation/mutation.hpp"

#include <racekit/queue/monitor_queue.hpp>

#include <cstddef>
#include <stdexcept>

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

/// An element that cannot be assigned to a target that refuses it.
struct picky {
    int value = 0;
    bool refuses = false;

    picky() = default;
    explicit picky(int number) : value(number) {}
    picky(picky&& other) : value(other.value) {}
    picky& operator=(picky&& other) {
        if (refuses) throw std::runtime_error("refused");
        value = other.value;
        return *this;
    }
};

/// A consumer that is woken and then fails leaves the element to another one.
template <class steps>
struct a_consumer_fails {
    static constexpr int threads = 3;
    void act(int thread) {
        if (thread == 0) {
            RACEKIT_CHECK(queue.put(picky(1)) == queue_state::done);
            return;
        }
        picky into;
        into.refuses = thread == 1;
        try {
            queue_state const how = queue.get(into);
            RACEKIT_CHECK(how == (thread == 1 ? queue_state::closed : queue_state::done));
        } catch (std::runtime_error const&) {
            RACEKIT_CHECK(thread == 1);
        }
        if (thread == 2) queue.close();
    }

    monitor_queue<picky, fifo, steps> queue{1};
};

template <class steps>
void clients(trial& over) {
    over.client<one_each<steps>>("one for each of two");
    over.client<a_consumer_fails<steps>>("a consumer fails");
    over.client<closed_before_there_is_room<steps>>("closed before there is room");
}

}  // namespace racekit::mutation
