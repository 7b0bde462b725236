// SPDX-License-Identifier: MIT
// robust_event: set until cleared, for processes; a pulse lets everybody through that waited.
//
// Progress: set(), clear() and is_set() are lock-free, but for the system call that wakes sleepers;
//           wait() is blocking: it spins, yields and sleeps, and looks again after 50 ms.
// Invariant: word_ holds everything: whether it is set, whether a process may sleep, and how often
//           it was set. Each change is one compare-exchange.
// Ordering: everything before set() happens before the return of the wait() that it lets through.
// Death:    of a waiter leaves nothing behind; nobody waits for waiters. One that set the event and
//           died before it woke the sleepers costs them 50 ms.
// Errors:   none.
// Source:   own; Python's threading.Event lets those through that waited before a pulse.
#pragma once

#include <racekit/platform.hpp>

#include <cstdint>

namespace racekit {

struct robust_event_orders {
    static constexpr auto set = std::memory_order_release;   // -> pass
    static constexpr auto pass = std::memory_order_acquire;  // -> set: sees what came before it
    static constexpr auto peek = std::memory_order_relaxed;  // a hint; the exchange decides
    // Steps that mutation leaves out.
    static constexpr bool count_sets = true;  // a pulse is seen by those that waited
};

/// Place it in shared memory before the processes that use it start; zeroed memory is a clear one.
template <class orders = robust_event_orders>
class basic_robust_event {
public:
    basic_robust_event() = default;
    basic_robust_event(basic_robust_event const&) = delete;
    basic_robust_event& operator=(basic_robust_event const&) = delete;

    /// Lets everybody through that waits or will wait, until clear(). Again: nothing.
    void set() {
        std::uint32_t seen = word_.load(orders::peek);
        for (;;) {
            // A set event is stored again, so that this call's past is passed on, too.
            bool const is_new = (seen & is_set_bit) == 0;
            std::uint32_t next = (seen & ~sleeper_bit) | is_set_bit;
            if (is_new && orders::count_sets) next += one_set;
            if (word_.compare_exchange_weak(seen, next, orders::set, orders::peek)) break;
        }
        if ((seen & sleeper_bit) != 0) futex_wake(word_, 0x7fffffff, futex_scope::process_shared);
    }
    void clear() { word_.fetch_and(~is_set_bit, orders::peek); }
    [[nodiscard]] bool is_set() const { return (word_.load(orders::pass) & is_set_bit) != 0; }

    void wait() { (void)wait_until(never); }
    /// False: `limit` passed, and the event was not set since the call began.
    [[nodiscard]] bool wait_until(deadline limit) {
        std::uint32_t seen = word_.load(orders::pass);
        std::uint32_t const began = sets(seen);
        auto const lets_through = [=](std::uint32_t word) {
            return (word & is_set_bit) != 0 || sets(word) != began;
        };
        if (await_briefly(word_, lets_through, seen, orders::pass)) return true;
        rechecking_sleep asleep;
        for (;;) {
            if (lets_through(seen)) return true;
            if ((seen & sleeper_bit) == 0) {
                // Release sequence: who reads a later set() reads one of those before it, too.
                if (!word_.compare_exchange_weak(seen, seen | sleeper_bit, orders::pass,
                                                 orders::pass))
                    continue;
                seen |= sleeper_bit;
            }
            bool const is_over = asleep.wait(word_, seen, limit);
            seen = word_.load(orders::pass);
            if (is_over) return lets_through(seen);
        }
    }
    template <class Rep, class Period>
    [[nodiscard]] bool wait_for(std::chrono::duration<Rep, Period> span) {
        return wait_until(racekit::after(span));
    }

private:
    static constexpr std::uint32_t is_set_bit = 1;
    static constexpr std::uint32_t sleeper_bit = 2;
    static constexpr std::uint32_t one_set = 4;
    static constexpr std::uint32_t sets(std::uint32_t word) { return word / one_set; }

    atomic<std::uint32_t> word_{0};
};

using robust_event = basic_robust_event<>;

}  // namespace racekit
