// SPDX-License-Identifier: MIT
// Where threads sleep until something that others attempt to bring about has come about.
//
//     room.wait_until(limit, [&] { return take_it(); });
//     bring_it_about(); room.wake_one();
//
// Progress: wait_until() blocks; wake_one() and wake_all() are lock-free, one load if nobody waits,
//           and with a system call only for a sleeper that nobody else is about to wake.
// Invariant: unclaimed_ is at least the number of sleepers that no wake, made or under way, is for.
// Ordering: none of its own. What attempts look at, and what is done before a wake, must be
//           seq_cst: then the waker counts the sleeper, or the sleeper's attempt succeeds.
//
// A sleeper reads sequence_, counts itself in, and attempts once more; whoever claims it changes
// sequence_ after that, and the futex does not let sleep on a word that differs. Who goes without
// having been claimed stays counted: one wake too many later on, never one too few.
#pragma once

#include <racekit/platform.hpp>

#include <cstdint>

namespace racekit {

struct waiting_room_orders {
    static constexpr auto enter = std::memory_order_seq_cst;     // -> look: counted, then attempts
    static constexpr auto look = std::memory_order_seq_cst;      // -> enter: done, then looks
    static constexpr auto remember = std::memory_order_relaxed;  // an old one wakes once too often
    static constexpr auto advance = std::memory_order_relaxed;   // the futex compares the newest
    // Steps that mutation leaves out.
    static constexpr bool recheck = true;  // once counted in: it may have become possible before
    static constexpr bool change = true;   // before a wake: who is just about to sleep does not
};

template <class orders = waiting_room_orders>
class basic_waiting_room {
public:
    basic_waiting_room() = default;
    basic_waiting_room(basic_waiting_room const&) = delete;
    basic_waiting_room& operator=(basic_waiting_room const&) = delete;

    /// Sleeps between calls of `attempt` until one says true; false if `limit` passes first.
    template <class Attempt>
    bool wait_until(deadline limit, Attempt attempt) {
        for (;;) {
            std::uint32_t const before = sequence_.load(orders::remember);
            unclaimed_.fetch_add(1, orders::enter);
            if (orders::recheck && attempt()) return true;
            bool const passed = futex_wait_until(sequence_, before, limit) ==
                                futex_result::timed_out;
            // Saves counting in again; and an element that came in time is not left behind.
            if (attempt()) return true;
            if (passed) return false;
        }
    }

    /// One of those who wait now attempts again.
    void wake_one() {
        if (unclaimed_.load(orders::look) != 0) claim_one();
    }
    void wake_all() {
        if (unclaimed_.load(orders::look) == 0) return;
        unclaimed_.exchange(0, orders::look);
        if constexpr (orders::change) sequence_.fetch_add(1, orders::advance);
        futex_wake(sequence_);
    }

private:
    [[gnu::noinline]] void claim_one() {
        std::uint64_t waiting = unclaimed_.load(orders::look);
        do {
            if (waiting == 0) return;
        } while (!unclaimed_.compare_exchange_strong(waiting, waiting - 1, orders::look));
        if constexpr (orders::change) sequence_.fetch_add(1, orders::advance);
        futex_wake(sequence_, 1);
    }

    atomic<std::uint64_t> unclaimed_{0};  // 64 bits: nothing but wakes lower it
    atomic<std::uint32_t> sequence_{0};
};

using waiting_room = basic_waiting_room<>;

}  // namespace racekit
