// ticket_lock: a spin lock that is served in the order of arrival.
//
// Progress: blocking and starvation-free, for those who call lock(). lock() is one fetch_add, then
//           spins, then yields; never sleeps. unlock() is one store. Not re-entrant.
// Invariant: serving_ is the ticket of the holder; tickets from there up to next_ are drawn and not
//            yet served. The lock is free while the two are equal.
// Ordering: everything before unlock() happens before the return of the lock() that follows it.
// Source: John Mellor-Crummey and Michael Scott, "Algorithms for Scalable Synchronization on
//         Shared-Memory Multiprocessors", 1991.
//
// Stands still while the thread whose turn it is does not run: with more threads than processors
// take fifo_mutex.
#pragma once

#include <racekit/lock/guard.hpp>
#include <racekit/platform.hpp>

#include <cstdint>

namespace racekit {

struct ticket_lock_orders {
    static constexpr auto await_turn = std::memory_order_acquire;  // -> leave: sees what was done
    static constexpr auto look = std::memory_order_acquire;        // -> leave: sees what was done
    static constexpr auto leave = std::memory_order_release;  // -> await_turn: hands on
    // Which ticket is all that matters: what was done comes with the turn.
    static constexpr auto draw = std::memory_order_relaxed;
    static constexpr auto own = std::memory_order_relaxed;  // only the holder changes serving_
};

template <class orders = ticket_lock_orders>
class basic_ticket_lock {
public:
    basic_ticket_lock() { annotate::lock_created(this); }
    ~basic_ticket_lock() { annotate::lock_destroyed(this); }
    basic_ticket_lock(basic_ticket_lock const&) = delete;
    basic_ticket_lock& operator=(basic_ticket_lock const&) = delete;

    /// Takes the lock, spinning as long as it takes. A thread that holds it already never returns.
    void lock(site where = site::here()) {
        annotate::before_lock(this, false, where);
        std::uint32_t const mine = next_.fetch_add(1, orders::draw);
        (void)await(serving_, [mine](std::uint32_t now) { return now == mine; },
                    orders::await_turn);
        annotate::after_lock(this, false, where);
    }

    /// Takes the lock if it is free; never waits, and so never overtakes anybody.
    [[nodiscard]] bool try_lock(site where = site::here()) {
        annotate::before_try_lock(this);
        std::uint32_t held = 0;
        bool const taken = take_if_free(held);
        annotate::after_try_lock(this, taken, false, where);
        return taken;
    }

    /// Takes the lock unless `limit` passes first; returns whether it did. A ticket cannot be given
    /// back, so this draws one only when the lock is free: those who call lock() come first.
    [[nodiscard]] bool try_lock_until(deadline limit, site where = site::here()) {
        annotate::before_try_lock(this);
        std::uint32_t held = 0;
        bool taken = take_if_free(held);
        std::uint32_t now = held;
        while (!taken && await_until(
                             serving_, [held](std::uint32_t turn) { return turn != held; }, limit,
                             now, orders::own))
            taken = take_if_free(held);
        annotate::after_try_lock(this, taken, false, where);
        return taken;
    }

    /// As try_lock_until, from now; a negative span is a deadline that has passed.
    [[nodiscard]] bool try_lock_for(duration span, site where = site::here()) {
        return try_lock_until(racekit::after(span), where);
    }

    /// Gives the lock to the next in order. The caller must hold it.
    void unlock(site where = site::here()) {
        annotate::before_unlock(this, false, where);
        serving_.store(serving_.load(orders::own) + 1, orders::leave);
        annotate::after_unlock(this);
    }

private:
    // One comparison tells that the lock is free and that nobody drew meanwhile, for next_ is never
    // behind serving_. It errs only if exactly 2^32 tickets are drawn in between.
    bool take_if_free(std::uint32_t& serving) {
        serving = serving_.load(orders::look);
        std::uint32_t drawn = serving;
        return next_.compare_exchange_strong(drawn, serving + 1, orders::draw, orders::draw);
    }

    atomic<std::uint32_t> next_{0};
    atomic<std::uint32_t> serving_{0};
};

using ticket_lock = basic_ticket_lock<>;

}  // namespace racekit
