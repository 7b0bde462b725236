// SPDX-License-Identifier: MIT
// event: threads wait until it is set; it stays set until it is cleared.
//
// Progress: set(), clear() and is_set() are lock-free, set() with a system call only if a thread
//           may sleep. wait() blocks: spins, then yields, then sleeps.
// Invariant: state_ is the number of times it was set while clear, times four, plus `raised` while
//            it is set, plus `asleep` while it is not and a thread may sleep on the word.
// Ordering: everything before set() happens before the return of a wait() that it ended, and of a
//           later clear().
//
// The number is what makes a pulse safe: a thread that waited before set() sees it changed,
// although clear() follows at once. 2^30 sets while one thread sleeps would go unnoticed.
// Every set() is a read-modify-write, also of one that is set: else what came before it could stay
// unseen by the thread that clears the event and then looks what there is to do.
#pragma once

#include <racekit/platform/core.hpp>
#include <racekit/platform/waiting_errors.hpp>

#include <cstdint>

namespace racekit {

struct futex_event_orders {
    static constexpr auto raise = std::memory_order_release;   // -> see: what the setter did
    static constexpr auto see = std::memory_order_acquire;     // -> raise: sees it
    static constexpr auto lower = std::memory_order_acquire;   // -> raise: as see, by clear()
    static constexpr auto peek = std::memory_order_relaxed;    // a hint; what follows decides
    // Steps that mutation leaves out.
    static constexpr bool say_asleep = true;  // before sleeping: else set() wakes no thread
    static constexpr bool count_sets = true;  // clear() takes nothing from the waiters
    static constexpr bool recheck = true;     // after a wake-up, which may be spurious
};

template <class orders = futex_event_orders>
class basic_futex_event {
public:
    constexpr explicit basic_futex_event(bool set = false) : state_(set ? raised : 0) {}
    basic_futex_event(basic_futex_event const&) = delete;
    basic_futex_event& operator=(basic_futex_event const&) = delete;

    /// Ends every wait() under way and, until clear(), every later one.
    void set() {
        std::uint32_t seen = state_.load(orders::peek);
        while (!state_.compare_exchange_weak(seen, when_set(seen), orders::raise, orders::peek)) {
        }
        if ((seen & asleep) != 0) futex_wake(state_);
    }

    void clear() { state_.fetch_and(~raised, orders::lower); }

    [[nodiscard]] bool is_set() const { return (state_.load(orders::see) & raised) != 0; }

    /// Waits until it is set, or was set since this call began.
    void wait() { (void)wait_until(never); }

    /// As wait, unless `limit`, of any clock, passes first; returns whether it was set. Blocking.
    template <class Clock, class Span>
    [[nodiscard]] bool wait_until(std::chrono::time_point<Clock, Span> limit) {
        std::uint32_t const first = state_.load(orders::see);
        if ((first & raised) != 0) return true;
        return wait_on_clock(limit, [&](deadline at) { return sleep_until_set(first, at); });
    }

    /// As wait_until(now + `span`); a negative span is a limit that has passed.
    template <class Rep, class Period>
    [[nodiscard]] bool wait_for(std::chrono::duration<Rep, Period> span) {
        return wait_until(racekit::after(span));
    }

private:
    static constexpr std::uint32_t raised = 1;
    static constexpr std::uint32_t asleep = 2;
    static constexpr std::uint32_t once_more = 4;

    static std::uint32_t when_set(std::uint32_t seen) {
        return (seen & raised) != 0 ? seen : ((seen & ~asleep) + once_more) | raised;
    }

    // Out of line, so that wait() is small where it is inlined.
    [[gnu::noinline]] bool sleep_until_set(std::uint32_t first, deadline limit) {
        std::uint32_t seen = first;
        auto const was_set = [first](std::uint32_t now) {
            return (now & raised) != 0 || (orders::count_sets && (now ^ first) >= once_more);
        };
        if (await_briefly(state_, was_set, seen, orders::see)) return true;
        while (!was_set(seen)) {
            if (orders::say_asleep && (seen & asleep) == 0 &&
                !state_.compare_exchange_weak(seen, seen | asleep, orders::see))
                continue;
            auto const why = futex_wait_until(state_, orders::say_asleep ? seen | asleep : seen,
                                              limit);
            if constexpr (!orders::recheck) return true;
            seen = state_.load(orders::see);
            if (why == futex_result::timed_out) return was_set(seen);
        }
        return true;
    }

    atomic<std::uint32_t> state_;
};

using futex_event = basic_futex_event<>;

using event = layered<futex_event, specification::event>;

}  // namespace racekit
