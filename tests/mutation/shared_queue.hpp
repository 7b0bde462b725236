// SPDX-License-Identifier: MIT
// Clients of shared_queue that need every one of its orders and steps.
// beyond commit: the lock of the model orders what a dead owner did, as the kernel does; natively
//     the order keeps the compiler from moving stores across it, which step-kill shows.
// beyond found: as commit.
#pragma once

#include "mutation/mutation.hpp"

#include <racekit/shared/shared_queue.hpp>

namespace racekit::mutation {

template <class orders, std::size_t most>
using explored_queue = shared_queue<int, most, orders, 2>;

/// More elements than room: producer and consumer wait for each other.
template <class orders>
struct two_through_one {
    static constexpr int threads = 2;
    void act(int thread) {
        for (int number = 1; number <= 2; ++number) {
            int got = number;
            queue_state const how = thread == 0 ? queue.push(number) : queue.pop(got);
            RACEKIT_CHECK(how == queue_state::done);
            RACEKIT_CHECK_EQUAL(number, got);
        }
    }
    explored_queue<orders, 1> queue;
};

template <class orders>
struct with_a_death {
    static constexpr int threads = 2;
    static model::exploration_config config() {
        model::exploration_config result;
        result.mortal = 1;
        return result;
    }
    int pop() {
        int got = 0;
        return queue.try_pop(got) == queue_state::done ? got : 0;
    }
    explored_queue<orders, 2> queue;
};

template <class orders>
struct producer_dies : with_a_death<orders> {
    void act(int thread) {
        if (thread == 0) (void)this->queue.try_push(1);
        else RACEKIT_CHECK(this->queue.try_push(2) == queue_state::done);
    }
    void after() {
        int const first = this->pop();
        int const second = this->pop();
        RACEKIT_CHECK(first == 2 || (first == 1 && second == 2) || (first == 2 && second == 1));
        RACEKIT_CHECK(second == 0 || first + second == 3);
    }
};

/// What a dead process has reserved comes back; what it has popped leaves room.
template <class orders, bool reserves>
struct consumer_dies : with_a_death<orders> {
    consumer_dies() { (void)this->queue.try_push(1), (void)this->queue.try_push(2); }
    void act(int thread) {
        if (thread == 1) return;
        typename explored_queue<orders, 2>::ticket held;
        if constexpr (reserves) (void)this->queue.try_reserve(held);
        else (void)this->pop();
    }
    void after() {
        (void)this->queue.recover();
        int const first = this->pop();
        if (reserves) RACEKIT_CHECK_EQUAL(1, first);
        if (first != 2) RACEKIT_CHECK_EQUAL(2, this->pop());
        for (int number = 3; number <= 4; ++number)
            RACEKIT_CHECK(this->queue.try_push(number) == queue_state::done);
    }
};

template <class orders>
void clients(trial& over) {
    over.client<two_through_one<orders>>("two through one");
    over.client<producer_dies<orders>>("the producer dies");
    over.client<consumer_dies<orders, false>>("the consumer dies");
    over.client<consumer_dies<orders, true>>("the reader dies");
}

}  // namespace racekit::mutation
