// SPDX-License-Identifier: MIT
// A mutual-exclusion lock in one 32-bit word that sleeps in the kernel when it must.
//
// Progress: blocking; lock() spins, then yields, then sleeps. unlock() is wait-free but for the
//           system call that wakes a sleeper, made only if one may sleep. Not fair, not recursive.
// Invariant: state_ is 0 free, 1 held, 2 held while a thread may sleep on the word.
// Ordering: everything before unlock() happens before the return of the lock() that follows it.
// Source: Ulrich Drepper, "Futexes Are Tricky", 2004, mutex 3 (three states, exchange to lock).
#pragma once

#include <racekit/lock/lock_interface.hpp>
#include <racekit/platform/core.hpp>

#include <cstdint>

namespace racekit {

struct futex_mutex_orders {
    static constexpr auto take = std::memory_order_acquire;   // -> leave: sees what was done
    static constexpr auto leave = std::memory_order_release;  // -> take: hands on what was done
    static constexpr auto peek = std::memory_order_relaxed;   // a hint whether to try; take decides
    // Steps that mutation leaves out.
    static constexpr bool stay_contended = true;  // others may still sleep; only the word tells
    static constexpr bool retake = true;   // after spinning: it was free, and may not be now
    static constexpr bool recheck = true;  // after a wake-up, which may be spurious
};

template <class orders = futex_mutex_orders>
class basic_futex_mutex : public lock_interface<basic_futex_mutex<orders>> {
    friend lock_interface<basic_futex_mutex>;

    static constexpr std::uint32_t free = 0;
    static constexpr std::uint32_t held = 1;
    static constexpr std::uint32_t contended = 2;
    static constexpr backoff backing_off{31, 16, 16};

    void take() { (void)take_until(never); }

    bool try_take() {
        std::uint32_t expected = free;
        return state_.compare_exchange_strong(expected, held, orders::take, orders::peek);
    }

    bool take_until(deadline limit) { return try_take() || take_or_sleep(limit); }

    void give() {
        if (state_.exchange(free, orders::leave) == contended) futex_wake(state_, 1);
    }

    [[nodiscard]] bool is_taken() const { return state_.load(orders::peek) != free; }

    // Out of line, so that lock() is small where it is inlined.
    [[gnu::noinline]] bool take_or_sleep(deadline limit) {
        auto const is_free = [](std::uint32_t state) { return state == free; };
        std::uint32_t seen = held;
        while (await_briefly(state_, is_free, seen, orders::peek, backing_off)) {
            if (!orders::retake || try_take()) return true;
        }
        // Taking it as `contended` is deliberate: others may still sleep, and only the word tells.
        // A thread that times out leaves it so too: one wake too many, never one too few.
        std::uint32_t mark = contended;
        while (state_.exchange(mark, orders::take) != free) {
            if (futex_wait_until(state_, mark, limit) == futex_result::timed_out) return false;
            if constexpr (!orders::recheck) return true;
            if constexpr (!orders::stay_contended) mark = held;
        }
        return true;
    }

    atomic<std::uint32_t> state_{free};
};

using futex_mutex = basic_futex_mutex<>;

}  // namespace racekit
