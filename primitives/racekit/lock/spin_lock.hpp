// A mutual-exclusion lock in one flag that never sleeps, for sections of a few instructions.
//
// Progress: blocking; lock() spins with back-off, then yields to the scheduler. unlock() is one
//           store. Not fair, not re-entrant.
// Invariant: taken_ is true while somebody holds the lock.
// Ordering: everything before unlock() happens before the return of the lock() that follows it.
// Source: Larry Rudolph and Zary Segall, "Dynamic Decentralized Cache Schemes for MIMD Parallel
//         Processors", 1984 (test, then test-and-set: a waiter reads its own cache); Thomas
//         Anderson, "The Performance of Spin Lock Alternatives for Shared-Memory
//         Multiprocessors", 1990 (exponential back-off).
#pragma once

#include <racekit/lock/guard.hpp>
#include <racekit/platform.hpp>

namespace racekit {

struct spin_lock_orders {
    static constexpr auto take = std::memory_order_acquire;   // -> leave: sees what was done
    static constexpr auto leave = std::memory_order_release;  // -> take: hands on what was done
    static constexpr auto peek = std::memory_order_relaxed;   // a hint whether to try; take decides
    // A step that mutation leaves out.
    static constexpr bool retake = true;  // that it was free says nothing about now
};

template <class orders = spin_lock_orders>
class basic_spin_lock {
public:
    basic_spin_lock() { annotate::lock_created(this); }
    ~basic_spin_lock() { annotate::lock_destroyed(this); }
    basic_spin_lock(basic_spin_lock const&) = delete;
    basic_spin_lock& operator=(basic_spin_lock const&) = delete;

    /// Takes the lock, spinning as long as it takes. A thread that holds it already never returns.
    void lock(site where = site::here()) {
        annotate::before_lock(this, false, where);
        while (taken_.exchange(true, orders::take)) {
            wait_until_free();
            if constexpr (!orders::retake) break;
        }
        annotate::after_lock(this, false, where);
    }

    /// Takes the lock if it is free; never waits. Looks before it writes, so that asking in vain
    /// does not take the cache line from its holder.
    [[nodiscard]] bool try_lock(site where = site::here()) {
        annotate::before_try_lock(this);
        bool const taken = !taken_.load(orders::peek) && !taken_.exchange(true, orders::take);
        annotate::after_try_lock(this, taken, false, where);
        return taken;
    }

    /// Takes the lock unless `limit` passes first; returns whether it did.
    [[nodiscard]] bool try_lock_until(deadline limit, site where = site::here()) {
        annotate::before_try_lock(this);
        bool taken = !taken_.exchange(true, orders::take);
        bool seen = true;
        while (!taken && await_until(taken_, is_free, limit, seen, orders::peek))
            taken = !orders::retake || !taken_.exchange(true, orders::take);
        annotate::after_try_lock(this, taken, false, where);
        return taken;
    }

    /// As try_lock_until, from now; a negative span is a deadline that has passed.
    [[nodiscard]] bool try_lock_for(duration span, site where = site::here()) {
        return try_lock_until(racekit::after(span), where);
    }

    /// Gives the lock up. The caller must hold it.
    void unlock(site where = site::here()) {
        annotate::before_unlock(this, false, where);
        taken_.store(false, orders::leave);
        annotate::after_unlock(this);
    }

private:
    static constexpr patience backing_off{31, 1000, 16};

    static constexpr bool is_free(bool taken) { return !taken; }

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
