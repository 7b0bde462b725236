// SPDX-License-Identifier: MIT
// wait_queue: the sleep protocol of condition_variable and parking_queue.
//
//     waiters.wait_until(limit, [&] { return take_it(); });
//     make_it_available(); waiters.wake(1);
//
// Progress: wait_until() and sleep() block; wake() and wake_all() are lock-free, one load if no
//           thread waits, and make a system call only for a sleeper that no other wake is for.
// Invariant: unclaimed_ is at least the number of waiters that no wake, made or under way, is for.
// Ordering: none of its own. For wait_until(), what attempts read, and what is done before a wake,
//           must be seq_cst: then the waker counts the waiter, or the waiter's attempt succeeds.
//
// No wake-up is lost. A waiter reads sequence_, then adds itself to unclaimed_. A waker takes
// waiters from unclaimed_ (claims them), then changes sequence_, and the futex does not let a
// thread sleep on a word that differs from what it read. A waiter that returns unclaimed stays
// counted: one wake-up too many later on, never one too few.
#pragma once

#include <racekit/platform/core.hpp>

#include <algorithm>
#include <climits>
#include <cstdint>

namespace racekit {

struct wait_queue_orders {
    static constexpr auto announce = std::memory_order_seq_cst;  // -> look: counted, then attempts
    static constexpr auto look = std::memory_order_seq_cst;    // -> announce: done, then looks
    static constexpr auto claim = std::memory_order_acquire;   // -> announce: sequence_ was read
    static constexpr auto remember = std::memory_order_relaxed;  // an old one wakes once too often
    static constexpr auto advance = std::memory_order_relaxed;   // the futex compares the newest
    // Steps that mutation leaves out.
    static constexpr bool recheck = true;  // once counted: it may have become possible before
    static constexpr bool change = true;   // before a wake: a thread about to sleep does not
};

template <class orders = wait_queue_orders>
class basic_wait_queue {
public:
    constexpr basic_wait_queue() = default;
    basic_wait_queue(basic_wait_queue const&) = delete;
    basic_wait_queue& operator=(basic_wait_queue const&) = delete;

    /// Counts this thread as a waiter; returns what to pass to sleep().
    [[nodiscard]] std::uint32_t announce() {
        std::uint32_t const before = sequence_.load(orders::remember);
        unclaimed_.fetch_add(1, orders::announce);
        return before;
    }

    /// Sleeps until a wake after announce() or a spurious wake-up. False: `limit` passed first.
    bool sleep(std::uint32_t announced, deadline limit) {
        return futex_wait_until(sequence_, announced, limit) != futex_result::timed_out;
    }

    /// Sleeps between calls of `attempt` until one returns true; false if `limit` passes first.
    template <class Attempt>
    bool wait_until(deadline limit, Attempt attempt) {
        for (;;) {
            std::uint32_t const announced = announce();
            if (orders::recheck && attempt()) return true;
            bool const in_time = sleep(announced, limit);
            // Avoids announcing again, and an element that came in time is not left behind.
            if (attempt()) return true;
            if (!in_time) return false;
        }
    }

    /// Wakes at most `count` of the threads that wait now.
    void wake(std::uint32_t count) {
        std::uint64_t const waiting = unclaimed_.load(orders::look);
        if (waiting != 0) claim(waiting, count);
    }
    void wake_all() {
        if (unclaimed_.load(orders::look) == 0) return;
        if (unclaimed_.exchange(0, orders::claim) != 0) advance_and_wake(INT_MAX);
    }

    /// A read-modify-write of the number of waiters that changes nothing: of two threads that make
    /// one, each after a write of its own, one sees what the other wrote.
    void synchronise(std::memory_order order) { unclaimed_.fetch_add(0, order); }

private:
    [[gnu::noinline]] void claim(std::uint64_t waiting, std::uint64_t count) {
        std::uint64_t claimed = 0;
        do {
            if (waiting == 0) return;
            claimed = std::min(waiting, count);
        } while (!unclaimed_.compare_exchange_weak(waiting, waiting - claimed, orders::claim,
                                                   orders::look));
        advance_and_wake(static_cast<int>(std::min<std::uint64_t>(claimed, INT_MAX)));
    }

    void advance_and_wake(int count) {
        if constexpr (orders::change) sequence_.fetch_add(1, orders::advance);
        futex_wake(sequence_, count);
    }

    atomic<std::uint64_t> unclaimed_{0};  // 64 bits: nothing but wakes lower it
    atomic<std::uint32_t> sequence_{0};
};

using wait_queue = basic_wait_queue<>;

}  // namespace racekit
