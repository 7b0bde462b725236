// SPDX-License-Identifier: MIT
// Clients of parking_queue that need every one of its orders.
#pragma once

#include "mutation/mutation.hpp"

#include <racekit/queue/parking_queue.hpp>

namespace racekit::mutation {

/// join() returns, and the work before task_done() happens before its return.
template <class orders>
struct work_is_joined {
    static constexpr int threads = 2;
    void act(int thread) {
        if (thread == 0) {
            work.write(7);
            queue.task_done();
        } else {
            queue.join();
            RACEKIT_CHECK_EQUAL(7, work.read());
        }
    }

    work_is_joined() { (void)queue.put(1); }

    parking_queue<int, orders> queue{1};
    plain<int> work{0};
};

/// Two workers finish; one of them is the last.
template <class orders>
struct work_of_two_is_joined {
    static constexpr int threads = 3;
    void act(int thread) {
        if (thread < 2) {
            work[thread].write(7);
            queue.task_done();
        } else if (queue.join_until(after(duration(1)))) {
            RACEKIT_CHECK_EQUAL(14, work[0].read() + work[1].read());
        }
    }

    work_of_two_is_joined() {
        (void)queue.put(1);
        (void)queue.put(2);
    }

    parking_queue<int, orders> queue{2};
    plain<int> work[2];
};

/// One element was put: that its work is done can be said once.
template <class orders>
struct done_once_too_often {
    static constexpr int threads = 2;
    void act(int thread) {
        if (thread == 1) RACEKIT_CHECK(queue.try_put(1) == queue_state::done);
        try {
            queue.task_done();
            done[thread] = true;
        } catch (task_done_too_often const&) {
        }
    }
    void after() { RACEKIT_CHECK(done[0] != done[1]); }

    parking_queue<int, orders> queue{2};
    bool done[2] = {};
};

/// More elements than room: both sides may sleep, but not for ever.
template <class orders>
struct through_one_slot {
    static constexpr int threads = 2;
    static model::exploration_config config() {
        model::exploration_config result;
        result.spurious = 0;
        return result;
    }
    void act(int thread) {
        for (int round = 1; round <= 2; ++round) {
            int got = 0;
            if (thread == 0) {
                RACEKIT_CHECK(queue.put(round) == queue_state::done);
            } else {
                RACEKIT_CHECK(queue.get(got) == queue_state::done);
                RACEKIT_CHECK_EQUAL(round, got);
            }
        }
    }

    parking_queue<int, orders> queue{1};
};

/// An accepted element is received, and a waiting thread gets `closed`.
template <class orders>
struct closed_under_way {
    static constexpr int threads = 3;
    static model::exploration_config config() {
        model::exploration_config result;
        result.spurious = 0;
        return result;
    }
    void act(int thread) {
        int got = 0;
        if (thread == 0) {
            accepted = queue.put(1) == queue_state::done;
        } else if (thread == 1) {
            queue.close();
        } else {
            while (queue.get(got) == queue_state::done) ++taken;
        }
    }
    void after() { RACEKIT_CHECK_EQUAL(accepted ? 1 : 0, taken); }

    parking_queue<int, orders> queue{1};
    bool accepted = false;
    int taken = 0;
};

template <class orders>
void clients(trial& over) {
    over.client<work_is_joined<orders>>("join");
    over.client<work_of_two_is_joined<orders>>("join of two");
    over.client<done_once_too_often<orders>>("done once too often");
    over.client<through_one_slot<orders>>("2 elements, 1 slot");
    over.client<closed_under_way<orders>>("closed under way");
}

}  // namespace racekit::mutation
