// SPDX-License-Identifier: MIT
// Clients of semaphore that need every one of its orders.
#pragma once

#include "mutation/lock_clients.hpp"
#include "mutation/waiting_clients.hpp"

#include <racekit/lock/semaphore.hpp>

namespace racekit::mutation {

/// A permit for each who waits.
template <class orders>
struct permits_for_all {
    void tell(int waiting) { posted.release(waiting); }
    bool told() {
        posted.acquire();
        return true;
    }

    basic_futex_semaphore<orders> posted{0};
};

/// Who gives up leaves the permit to others; who does not has it.
template <class orders>
struct permit_in_time {
    void tell(int) { posted.release(); }
    bool told() {
        bool const got = posted.try_acquire_for(a_moment);
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

/// A release that, as try_acquire() then says, somebody has taken, is not to be had again.
template <class orders>
struct permit_taken_once : played_by<2, 0> {
    void act(int thread) {
        if (thread == 0) {
            posted.acquire();
            return;
        }
        posted.release();
        if (posted.try_acquire()) posted.release();
        else RACEKIT_CHECK(!posted.try_acquire_for(a_moment));
    }

    basic_futex_semaphore<orders> posted{0};
};

template <class orders>
void clients(trial& over) {
    using lock = one_permit<orders>;
    over.client<letter_is_announced<permits_for_all<orders>>>("letter");
    over.client<counter_under_lock<lock, 2, 1>>("counter 2x1");
    over.client<letter_is_announced<permit_in_time<orders>>>("one gives up");
    over.client<permit_taken_once<orders>>("taken once");
    over.large_client<letter_is_announced<permits_for_all<orders>, 3, 0>>(
        "two letters, none spurious");
    over.large_client<counter_under_lock<lock, 2, 2, 0>>("counter 2x2, none spurious");
}

}  // namespace racekit::mutation
