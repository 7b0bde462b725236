// SPDX-License-Identifier: MIT
// anonymous_semaphore: permits that processes hand to one another, and that nobody holds.
//
// Progress: release() and try_acquire() are lock-free, but for the system call that wakes sleepers;
//           acquire() is blocking: it spins, yields and sleeps, and looks again after 50 ms.
// Invariant: word_ is twice the number of free permits, and 1 if a process may sleep. Each change
// is
//           one compare-exchange.
// Ordering: everything before release() happens before the return of the acquire() that gets one of
//           its permits.
// Death:    a permit is free or was taken, never in between; one that a dead process took is gone,
//           as it is for a living one that never gives it back. One that died before it woke the
//           sleepers costs them 50 ms.
// Errors:   bad_count, released_too_often.
// Source:   Python's multiprocessing.Semaphore and POSIX sem_t, without a wait that a death hangs.
#pragma once

#include <racekit/platform.hpp>
#include <racekit/platform/waiting_errors.hpp>

#include <cstdint>

namespace racekit {

struct anonymous_semaphore_orders {
    static constexpr auto give = std::memory_order_release;  // -> take: what came before it
    static constexpr auto take = std::memory_order_acquire;  // -> give
    static constexpr auto peek = std::memory_order_relaxed;  // a hint; the exchange decides
};

/// To hand turns or items over, where a process that takes a permit does not give it back. Where
/// permits stand for things that are given back, take robust_semaphore. Zeroed memory is one
/// without permits.
template <class orders = anonymous_semaphore_orders>
class basic_anonymous_semaphore {
public:
    /// Throws bad_count.
    explicit basic_anonymous_semaphore(std::int64_t permits = 0)
        : word_(static_cast<std::uint32_t>(checked(permits)) * one_permit) {}
    basic_anonymous_semaphore(basic_anonymous_semaphore const&) = delete;
    basic_anonymous_semaphore& operator=(basic_anonymous_semaphore const&) = delete;

    [[nodiscard]] static constexpr std::int64_t max() { return INT32_MAX; }

    void acquire() { (void)try_acquire_until(never); }
    [[nodiscard]] bool try_acquire() {
        std::uint32_t seen = word_.load(orders::peek);
        return take(seen);
    }
    [[nodiscard]] bool try_acquire_until(deadline limit) {
        std::uint32_t seen = word_.load(orders::peek);
        if (take(seen)) return true;
        auto const has_permits = [](std::uint32_t word) { return word >= one_permit; };
        (void)await_briefly(word_, has_permits, seen, orders::peek);
        rechecking_sleep asleep;
        for (bool is_over = false;;) {
            if (take(seen)) return true;
            if (is_over) return false;
            if ((seen & sleeper_bit) == 0) {
                if (!word_.compare_exchange_weak(seen, seen | sleeper_bit, orders::peek,
                                                 orders::peek))
                    continue;
                seen |= sleeper_bit;
            }
            is_over = asleep.wait(word_, seen, limit);
            seen = word_.load(orders::peek);
        }
    }
    template <class Rep, class Period>
    [[nodiscard]] bool try_acquire_for(std::chrono::duration<Rep, Period> span) {
        return try_acquire_until(racekit::after(span));
    }

    /// Throws bad_count for a negative number, released_too_often past max(); then nothing changed.
    void release(std::int64_t count = 1) {
        if (count < 0) throw bad_count("anonymous_semaphore: release of a negative number");
        std::uint32_t seen = word_.load(orders::peek);
        for (;;) {
            std::int64_t const permits = seen / one_permit;
            if (count > max() - permits)
                throw released_too_often("anonymous_semaphore: more permits than max()");
            auto const next = static_cast<std::uint32_t>(permits + count) * one_permit;
            if (word_.compare_exchange_weak(seen, next, orders::give, orders::peek)) break;
        }
        if ((seen & sleeper_bit) != 0) futex_wake(word_, 0x7fffffff, futex_scope::process_shared);
    }

    /// How many are free: advice.
    [[nodiscard]] std::int64_t value() const { return word_.load(orders::peek) / one_permit; }

private:
    static constexpr std::uint32_t sleeper_bit = 1;
    static constexpr std::uint32_t one_permit = 2;

    static std::int64_t checked(std::int64_t permits) {
        if (permits < 0 || permits > max())
            throw bad_count("anonymous_semaphore: negative or too many");
        return permits;
    }
    bool take(std::uint32_t& seen) {
        while (seen >= one_permit) {
            if (word_.compare_exchange_weak(seen, seen - one_permit, orders::take, orders::peek))
                return true;
        }
        return false;
    }

    atomic<std::uint32_t> word_;
};

using anonymous_semaphore = basic_anonymous_semaphore<>;

}  // namespace racekit
