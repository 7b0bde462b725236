// SPDX-License-Identifier: MIT
// robust_condition: waits with a robust lock given up, between processes.
//
// Progress: wait() is blocking, and looks again after 50 ms. notify_one() and notify_all() are
//           wait-free but for the system call.
// Invariant: sequence_ changes with every notification. No waiter is counted or listed, so a dead
//           one leaves nothing behind, and no notification waits for anybody.
// Ordering: by the lock.
// Death:    a waiter that dies with a notification it has got costs the next one 50 ms, for every
//           waiter tests its predicate again by itself. If the owner of the lock dies, the waiter
//           that takes it next runs `repair` first.
// Errors:   std::system_error if the calling thread does not hold the lock.
// Source:   own; pthread_cond_t is not used, because one dead waiter hangs every later broadcast.
#pragma once

#include <racekit/lock/robust_mutex.hpp>
#include <racekit/platform.hpp>

#include <cstdint>
#include <utility>

namespace racekit {

struct robust_condition_orders {
    // The lock orders everything; what is left is that a change is seen before sleeping.
    static constexpr auto count = std::memory_order_relaxed;
};

/// Place it in shared memory before the processes that use it start. Used with one robust lock.
template <class orders = robust_condition_orders>
class basic_robust_condition {
public:
    basic_robust_condition() = default;
    basic_robust_condition(basic_robust_condition const&) = delete;
    basic_robust_condition& operator=(basic_robust_condition const&) = delete;

    /// Gives `held` up and waits until `predicate()` holds, which is called with the lock held. If
    /// an owner died meanwhile, `repair()` runs before it; it may be cut short by death and run
    /// again.
    template <class Mutex, class Repair, class Predicate>
    void wait(Mutex& held, Repair repair, Predicate predicate, site where = site::here()) {
        (void)wait_until(held, never, repair, predicate, where);
    }
    /// Returns predicate(): false if `limit` passed first. The lock is held again in any case.
    template <class Mutex, class Repair, class Predicate>
    [[nodiscard]] bool wait_until(Mutex& held, deadline limit, Repair repair, Predicate predicate,
                                  site where = site::here()) {
        rechecking_sleep asleep;
        while (!predicate()) {
            std::uint32_t const seen = sequence_.load(orders::count);
            held.unlock(where);
            bool const is_over = asleep.wait(sequence_, seen, limit);
            retake(held, repair, where);
            if (is_over) return predicate();
        }
        return true;
    }

    /// After the change of what the predicate reads, with the lock held or not.
    void notify_one() { notify(1); }
    void notify_all() { notify(0x7fffffff); }

private:
    template <class Mutex, class Repair>
    static void retake(Mutex& held, Repair& repair, site where) {
        if (held.lock(where) == lock_state::acquired) return;
        try {
            repair();
        } catch (...) {
            held.unlock(where);  // poisoned: what could not be repaired is nobody's
            throw;
        }
        held.mark_consistent(where);
    }
    void notify(int count) {
        sequence_.fetch_add(1, orders::count);
        futex_wake(sequence_, count, futex_scope::process_shared);
    }

    atomic<std::uint32_t> sequence_{0};
};

using robust_condition = basic_robust_condition<>;

}  // namespace racekit
