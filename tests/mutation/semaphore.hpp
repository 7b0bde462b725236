// SPDX-License-Identifier: MIT
// Clients of semaphore that need every one of its orders.
#pragma once

#include "mutation/lock_clients.hpp"
#include "mutation/waiting_clients.hpp"

#include <racekit/lock/semaphore.hpp>

namespace racekit::mutation {

/// One permit for each waiting thread.
template <class orders>
struct permits_for_all {
    void announce(int waiting) { posted.release(waiting); }
    bool received() {
        posted.acquire();
        return true;
    }

    basic_futex_semaphore<orders> posted{0};
};

/// A thread that times out leaves the permit to others; otherwise it has the permit.
template <class orders>
struct permit_in_time {
    void announce(int) { posted.release(); }
    bool received() {
        bool const got = posted.try_acquire_for(short_time);
        if (got) taken.write(true);
        return got;
    }
    void after() { RACEKIT_CHECK(posted.try_acquire() != taken.read()); }

    basic_futex_semaphore<orders> posted{0};
    plain<bool> taken{false};
};

/// One permit, as a lock.
template <class orders>
struct one_permit {
    void lock() { only.acquire(); }
    bool try_lock() { return only.try_acquire(); }
    void unlock() { only.release(); }

    basic_futex_semaphore<orders> only{1};
};

/// A permit that another thread has taken, as try_acquire() shows, cannot be taken again.
template <class orders>
struct permit_taken_once : client_of_size<2, 0> {
    void act(int thread) {
        if (thread == 0) {
            posted.acquire();
            return;
        }
        posted.release();
        if (posted.try_acquire()) posted.release();
        else RACEKIT_CHECK(!posted.try_acquire_for(short_time));
    }

    basic_futex_semaphore<orders> posted{0};
};

template <class orders>
void clients(trial& over) {
    using lock = one_permit<orders>;
    over.client<letter_is_announced<permits_for_all<orders>>>("letter");
    over.client<counter_under_lock<lock, 2, 1>>("counter 2x1");
    over.client<letter_is_announced<permit_in_time<orders>>>("one times out");
    over.client<permit_taken_once<orders>>("taken once");
    over.large_client<letter_is_announced<permits_for_all<orders>, 3, 0>>(
        "two letters, none spurious");
    over.large_client<counter_under_lock<lock, 2, 2, 0>>("counter 2x2, none spurious");
}

}  // namespace racekit::mutation
