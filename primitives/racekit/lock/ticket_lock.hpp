// SPDX-License-Identifier: MIT
// ticket_lock: a spin lock that is served in the order of arrival.
//
// Progress: blocking and starvation-free, for threads that call lock(). lock() is one fetch_add,
//           then spins, then yields; never sleeps. unlock() is one store, try_lock() wait-free. Not
//           re-entrant.
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
#include <racekit/lock/lock_interface.hpp>
#include <racekit/platform/core.hpp>

#include <cstdint>

namespace racekit {

struct ticket_lock_orders {
    static constexpr auto await_turn = std::memory_order_acquire;  // -> leave: sees what was done
    static constexpr auto look = std::memory_order_acquire;        // -> leave: sees what was done
    static constexpr auto leave = std::memory_order_release;  // -> await_turn: hands on
    // Which ticket is all that matters: what was done comes with the turn.
    static constexpr auto draw = std::memory_order_relaxed;
    static constexpr auto own = std::memory_order_relaxed;  // only the holder changes serving_
    // A step that mutation leaves out.
    static constexpr bool retake = true;  // that a turn has ended does not make the next one ours
};

template <class orders = ticket_lock_orders>
class basic_ticket_lock : public lock_interface<basic_ticket_lock<orders>> {
    friend lock_interface<basic_ticket_lock>;

    void take() {
        std::uint32_t const mine = next_.fetch_add(1, orders::draw);
        (void)await(serving_, [mine](std::uint32_t now) { return now == mine; },
                    orders::await_turn);
    }

    /// Never overtakes a waiter: threads that drew a ticket come first.
    bool try_take() {
        std::uint32_t serving = 0;
        return take_if_free(serving);
    }

    /// A ticket cannot be given back, so this draws one only when the lock is free: threads that
    /// call lock() come first.
    bool take_until(deadline limit) {
        std::uint32_t held = 0;
        bool taken = take_if_free(held);
        std::uint32_t now = held;
        auto const has_changed = [&held](std::uint32_t turn) { return turn != held; };
        while (!taken && await_until(serving_, has_changed, limit, now, orders::own))
            taken = !orders::retake || take_if_free(held);
        return taken;
    }

    void give() { serving_.store(serving_.load(orders::own) + 1, orders::leave); }

    [[nodiscard]] bool is_taken() const {
        return serving_.load(orders::own) != next_.load(orders::own);
    }

    // One comparison shows that the lock is free and that no ticket was drawn meanwhile: next_ is
    // never behind serving_. It errs only if exactly 2^32 tickets are drawn in between.
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
