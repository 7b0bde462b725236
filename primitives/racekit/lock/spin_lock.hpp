// SPDX-License-Identifier: MIT
// A mutual-exclusion lock in one flag that never sleeps, for sections of a few instructions.
//
// Progress: blocking; lock() spins with back-off, then yields to the scheduler. unlock() is one
//           store, try_lock() wait-free. Not fair, not recursive.
// Invariant: taken_ is true while a thread holds the lock.
// Ordering: everything before unlock() happens before the return of the lock() that follows it.
// Source: Larry Rudolph and Zary Segall, "Dynamic Decentralized Cache Schemes for MIMD Parallel
//         Processors", 1984 (test, then test-and-set: a waiter reads its own cache); Thomas
//         Anderson, "The Performance of Spin Lock Alternatives for Shared-Memory
//         Multiprocessors", 1990 (exponential back-off).
#pragma once

#include <racekit/lock/guard.hpp>
#include <racekit/lock/lock_interface.hpp>
#include <racekit/platform/core.hpp>

namespace racekit {

struct spin_lock_orders {
    static constexpr auto take = std::memory_order_acquire;   // -> leave: sees what was done
    static constexpr auto leave = std::memory_order_release;  // -> take: hands on what was done
    static constexpr auto peek = std::memory_order_relaxed;   // a hint whether to try; take decides
    // A step that mutation leaves out.
    static constexpr bool retake = true;  // that it was free says nothing about now
};

template <class orders = spin_lock_orders>
class basic_spin_lock : public lock_interface<basic_spin_lock<orders>> {
    friend lock_interface<basic_spin_lock>;

    static constexpr backoff backing_off{31, 1000, 16};

    static constexpr bool is_free(bool taken) { return !taken; }

    void take() {
        while (taken_.exchange(true, orders::take)) {
            wait_until_free();
            if constexpr (!orders::retake) break;
        }
    }

    /// Looks before it writes: a failed attempt does not take the cache line from the holder.
    bool try_take() {
        return !taken_.load(orders::peek) && !taken_.exchange(true, orders::take);
    }

    bool take_until(deadline limit) {
        bool taken = !taken_.exchange(true, orders::take);
        bool seen = true;
        while (!taken && await_until(taken_, is_free, limit, seen, orders::peek))
            taken = !orders::retake || !taken_.exchange(true, orders::take);
        return taken;
    }

    void give() { taken_.store(false, orders::leave); }

    [[nodiscard]] bool is_taken() const { return taken_.load(orders::peek); }

    // Out of line, so that lock() is small where it is inlined.
    [[gnu::noinline]] void wait_until_free() {
        bool seen = true;
        if (!await_briefly(taken_, is_free, seen, orders::peek, backing_off))
            (void)await(taken_, is_free, orders::peek);
    }

    atomic<bool> taken_{false};
};

using spin_lock = basic_spin_lock<>;

}  // namespace racekit
