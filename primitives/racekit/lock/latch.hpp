// SPDX-License-Identifier: MIT
// latch: a count that goes down to zero once; wait() returns then.
//
// Progress: count_down() and try_wait() are lock-free, the last count_down() with a system call if
//           a thread may sleep. wait() blocks: spins, then yields, then sleeps.
// Invariant: state_ is twice the count, plus `asleep` if a thread may sleep on the word.
// Ordering: everything before each count_down() happens before the return of every wait().
#pragma once

#include <racekit/platform/core.hpp>
#include <racekit/platform/waiting_errors.hpp>

#include <cstddef>
#include <cstdint>

namespace racekit {

struct futex_latch_orders {
    static constexpr auto arrive = std::memory_order_release;  // -> pass: what was done before it
    static constexpr auto pass = std::memory_order_acquire;    // -> arrive: sees all of it
    static constexpr auto peek = std::memory_order_relaxed;    // a hint; what follows decides
    // Steps that mutation leaves out.
    static constexpr bool say_asleep = true;  // before sleeping: the last to arrive wakes no others
    static constexpr bool recheck = true;     // after a wake-up, which may be spurious
};

template <class orders = futex_latch_orders>
class basic_futex_latch {
public:
    /// Throws bad_count if `count` is negative or more than max().
    constexpr explicit basic_futex_latch(std::ptrdiff_t count) : state_(2 * checked(count)) {}
    basic_futex_latch(basic_futex_latch const&) = delete;
    basic_futex_latch& operator=(basic_futex_latch const&) = delete;

    [[nodiscard]] static constexpr std::ptrdiff_t max() noexcept { return INT32_MAX; }

    /// Throws bad_count if `by` is negative, counted_too_far if the count is less; then nothing has
    /// changed.
    void count_down(std::ptrdiff_t by = 1) {
        if (by < 0) throw bad_count("latch: count_down of less than nothing");
        std::uint32_t seen = state_.load(orders::peek);
        std::uint32_t next = 0;
        do {
            if (by > static_cast<std::ptrdiff_t>(seen / 2))
                throw counted_too_far("latch: counted down below zero");
            next = seen - 2 * static_cast<std::uint32_t>(by);
        } while (!state_.compare_exchange_weak(seen, next, orders::arrive, orders::peek));
        if (next == asleep) futex_wake(state_);
    }

    /// Whether the count is zero.
    [[nodiscard]] bool try_wait() const { return is_open(state_.load(orders::pass)); }

    void wait() { (void)wait_until(never); }

    /// Waits until the count is zero or `limit`, of any clock, passes; returns whether it is zero.
    /// Blocking.
    template <class Clock, class Span>
    [[nodiscard]] bool wait_until(std::chrono::time_point<Clock, Span> limit) {
        if (try_wait()) return true;
        return wait_on_clock(limit, [&](deadline at) { return sleep_until_open(at); });
    }
    template <class Rep, class Period>
    [[nodiscard]] bool wait_for(std::chrono::duration<Rep, Period> span) {
        return wait_until(racekit::after(span));
    }

    void arrive_and_wait(std::ptrdiff_t by = 1) {
        count_down(by);
        wait();
    }

private:
    static constexpr std::uint32_t asleep = 1;

    static constexpr std::uint32_t checked(std::ptrdiff_t count) {
        if (count < 0) throw bad_count("latch: a negative count");
        if (count > max()) throw bad_count("latch: a count of more than max()");
        return static_cast<std::uint32_t>(count);
    }
    static bool is_open(std::uint32_t state) { return state <= asleep; }

    // Out of line, so that wait() is small where it is inlined.
    [[gnu::noinline]] bool sleep_until_open(deadline limit) {
        std::uint32_t seen = 0;
        if (await_briefly(state_, is_open, seen, orders::pass)) return true;
        while (!is_open(seen)) {
            if (orders::say_asleep && (seen & asleep) == 0 &&
                !state_.compare_exchange_weak(seen, seen | asleep, orders::pass))
                continue;
            auto const why = futex_wait_until(state_, orders::say_asleep ? seen | asleep : seen,
                                              limit);
            if constexpr (!orders::recheck) return true;
            seen = state_.load(orders::pass);
            if (why == futex_result::timed_out) return is_open(seen);
        }
        return true;
    }

    atomic<std::uint32_t> state_;
};

using futex_latch = basic_futex_latch<>;

using latch = layered<futex_latch, specification::latch>;

}  // namespace racekit
