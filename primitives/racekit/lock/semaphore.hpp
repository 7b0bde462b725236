// SPDX-License-Identifier: MIT
// semaphore: a count of permits that threads release and acquire; acquire() waits for one.
//
// Progress: release() and try_acquire() are lock-free, release() with a system call only for
//           threads that registered to sleep. acquire() blocks: spins, then yields, then sleeps.
//           Not fair. While a sleeper is being woken with its permit, newcomers yield rather than
//           sleep.
// Invariant: permits_, if not negative, is how many are to be had; negative, how many registered
//            sleepers have none coming. Every other registered sleeper has one in grants_, or a
//            release() is about to put it there. What a sleeper finds there was granted while
//            it was in its call: a newcomer waits until the grants under way are claimed.
// Ordering: everything before release() happens before the return of an acquire that it enabled.
// Source: Edsger Dijkstra, 1962; that sleepers are handed theirs apart from the rest: Benoit
//         Schillings, "Benaphores", Be Newsletter 26, 1996.
#pragma once

#include <racekit/platform/core.hpp>
#include <racekit/platform/waiting_errors.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>

namespace racekit {

struct futex_semaphore_orders {
    static constexpr auto take = std::memory_order_acquire;   // -> give: sees what was done
    static constexpr auto give = std::memory_order_release;   // -> take: hands on what was done
    static constexpr auto claim = std::memory_order_acquire;  // -> grant: as take, by a sleeper
    static constexpr auto grant = std::memory_order_release;  // -> claim: as give, to a sleeper
    static constexpr auto peek = std::memory_order_relaxed;   // a hint; what follows decides
    // Only the number counts: a thread that withdraws gets nothing, and nothing is done for it.
    static constexpr auto withdraw = std::memory_order_relaxed;
    // Steps that mutation leaves out.
    static constexpr bool retake = true;   // after spinning: a permit seen before may be gone
    static constexpr bool relook = true;   // when registering: a permit may just have come
    static constexpr bool recheck = true;  // a wake-up may be spurious: only a grant counts
    static constexpr bool stay = true;     // too late to time out: the permit is granted already
    static constexpr bool let_pass = true;  // what was granted before this call is not for it
};

template <class orders = futex_semaphore_orders>
class basic_futex_semaphore {
public:
    /// Throws bad_count if `permits` is negative or more than max().
    constexpr explicit basic_futex_semaphore(std::ptrdiff_t permits = 0)
        : permits_(checked(permits)) {}
    basic_futex_semaphore(basic_futex_semaphore const&) = delete;
    basic_futex_semaphore& operator=(basic_futex_semaphore const&) = delete;

    [[nodiscard]] static constexpr std::ptrdiff_t max() noexcept { return PTRDIFF_MAX >> 1; }

    /// Takes a permit; blocks while there is none.
    void acquire() {
        if (!take_if_any()) (void)take_or_sleep(never);
    }

    /// Takes a permit if there is one; never waits.
    [[nodiscard]] bool try_acquire() {
        return take_from(permits_.load(orders::peek));
    }

    /// Takes a permit unless `limit`, of any clock, passes first; returns whether it did. Blocking.
    template <class Clock, class Span>
    [[nodiscard]] bool try_acquire_until(std::chrono::time_point<Clock, Span> limit) {
        return wait_on_clock(limit,
                             [&](deadline at) { return take_if_any() || take_or_sleep(at); });
    }

    /// As try_acquire_until(now + `span`); a negative span is a limit that has passed.
    template <class Rep, class Period>
    [[nodiscard]] bool try_acquire_for(std::chrono::duration<Rep, Period> span) {
        return take_if_any() || take_or_sleep(racekit::after(span));
    }

    /// Gives `count` permits. Throws bad_count if that is less than one, released_too_often if
    /// there would be more than max(); then nothing has changed.
    void release(std::ptrdiff_t count = 1) {
        if (count < 1) throw bad_count("semaphore: release of less than one permit");
        if (count > at_once) return release_many(count);
        std::int64_t const before = permits_.fetch_add(count, orders::give);
        if (before < 0) grant(static_cast<std::uint32_t>(std::min<std::int64_t>(count, -before)));
        else if (before > max() - count) [[unlikely]] too_many(count);
    }

protected:
    /// Gives `count` permits unless there would be more than `most`; returns whether it did.
    [[nodiscard]] bool give(std::int64_t count, std::int64_t most) {
        std::int64_t seen = permits_.load(orders::peek);
        do {
            if (count > most - std::max<std::int64_t>(seen, 0)) return false;
        } while (
            !permits_.compare_exchange_weak(seen, seen + count, orders::give, orders::peek));
        if (seen < 0) grant(static_cast<std::uint32_t>(std::min(count, -seen)));
        return true;
    }

    /// Gives one permit unless there are `most`. In any case it orders as giving does: a
    /// read-modify-write, so that a thread that takes one later sees what this thread did.
    void give_up_to(std::int64_t most) {
        std::int64_t seen = permits_.load(orders::peek);
        while (!permits_.compare_exchange_weak(seen, std::max(seen, std::min(seen + 1, most)),
                                               orders::give, orders::peek)) {
        }
        if (seen < 0) grant(1);
    }

private:
    // So few that, added to max(), they do not overflow: no need to look before.
    static constexpr std::ptrdiff_t at_once = 1 << 20;

    static constexpr std::int64_t checked(std::ptrdiff_t permits) {
        if (permits < 0) throw bad_count("semaphore: a negative number of permits");
        if (permits > max()) throw bad_count("semaphore: more than max() permits");
        return permits;
    }

    [[gnu::noinline]] void release_many(std::ptrdiff_t count) {
        if (!give(count, max())) throw released_too_often("semaphore: more than max() permits");
    }
    [[noreturn]] void too_many(std::int64_t count) {
        permits_.fetch_sub(count, orders::withdraw);
        throw released_too_often("semaphore: more than max() permits");
    }

    /// A guess instead of a look: right for a semaphore that is used as a lock or for a turn, and
    /// else no dearer than the look.
    bool take_if_any() {
        std::int64_t seen = 1;
        return permits_.compare_exchange_strong(seen, 0, orders::take, orders::peek) ||
               take_from(seen);
    }
    bool take_from(std::int64_t seen) {
        while (seen > 0) {
            if (permits_.compare_exchange_weak(seen, seen - 1, orders::take, orders::peek))
                return true;
        }
        return false;
    }

    [[gnu::noinline]] void grant(std::uint32_t sleepers) {
        grants_.fetch_add(sleepers, orders::grant);
        futex_wake(grants_, static_cast<int>(sleepers));
    }

    // Out of line, so that acquire() is small where it is inlined.
    [[gnu::noinline]] bool take_or_sleep(deadline limit) {
        std::int64_t seen = 0;
        auto const has_some = [](std::int64_t permits) { return permits > 0; };
        while (await_briefly(permits_, has_some, seen, orders::peek)) {
            if (!orders::retake || try_acquire()) return true;
        }
        // A grant that is there by now was given by a release() that may be over, and to others:
        // to take it would be to take a permit that no try_acquire() since could have taken.
        // A thread that was granted one is awake. Relaxed: what happened before this call is seen.
        std::uint32_t granted = 0;
        auto const all_claimed = [](std::uint32_t grants) { return grants == 0; };
        if (orders::let_pass && !await_until(grants_, all_claimed, limit, granted, orders::peek))
            return false;
        // Registered from here on: releases count this thread.
        if (permits_.fetch_sub(1, orders::take) > 0 && orders::relook) return true;
        while (!claim_grant()) {
            if (futex_wait_until(grants_, 0, limit) != futex_result::timed_out) {
                if constexpr (orders::recheck) continue;
                return true;
            }
            if (withdraw() || !orders::stay) return false;
            limit = never;  // all sleepers were granted theirs: this thread's is on its way
        }
        return true;
    }

    bool claim_grant() {
        std::uint32_t grants = grants_.load(orders::peek);
        while (grants != 0) {
            if (grants_.compare_exchange_weak(grants, grants - 1, orders::claim, orders::peek))
                return true;
        }
        return false;
    }

    /// Takes the registration back; not if no sleeper is left without a permit.
    bool withdraw() {
        std::int64_t seen = permits_.load(orders::peek);
        while (seen < 0) {
            if (permits_.compare_exchange_weak(seen, seen + 1, orders::withdraw, orders::peek))
                return true;
        }
        return false;
    }

    atomic<std::int64_t> permits_;
    atomic<std::uint32_t> grants_{0};
};

using futex_semaphore = basic_futex_semaphore<>;

using semaphore = layered<futex_semaphore, specification::semaphore>;

/// As std. To release more than `most` permits is an error of the caller, as with std, which only
/// bounded_semaphore reports.
template <std::ptrdiff_t most = semaphore::max()>
class counting_semaphore : public semaphore {
    static_assert(most >= 0 && most <= semaphore::max());

    using base = semaphore;

public:
    using base::base;
    [[nodiscard]] static constexpr std::ptrdiff_t max() noexcept { return most; }
};
using binary_semaphore = counting_semaphore<1>;

}  // namespace racekit
