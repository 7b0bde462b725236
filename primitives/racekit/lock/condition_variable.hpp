// SPDX-License-Identifier: MIT
// condition_variable: waiting, with a lock let go, until another thread says that something
// changed.
//
// Progress: wait() blocks; notify_one() and notify_all() are lock-free, with a system call only for
//           a waiter that nobody has notified yet (or one that timed out and nobody has made up
//           for).
// Invariant: unclaimed_ is at least the number of waiters that no notification, made or under way,
//            is for; inside_ is the number of threads that will still touch this object.
// Ordering: none of its own: the caller's lock orders what the waiter sees.
//
// No wake-up is lost. A waiter reads sequence_, then counts itself in, then lets its lock go; so
// whoever claims it changes sequence_ after that, and futex_wait does not sleep on a word that
// differs. A notification that finds nobody unclaimed needs to do nothing: those who still sleep
// are being woken, and will take the caller's lock after the notifier did. wait() may return for no
// reason; the forms with a predicate do not.
#pragma once

#include <racekit/lock/guard.hpp>
#include <racekit/lock/mutex.hpp>
#include <racekit/platform.hpp>

#include <concepts>
#include <cstdint>
#include <utility>

namespace racekit {

struct futex_condition_variable_orders {
    // An old value here only wakes once too often.
    static constexpr auto remember = std::memory_order_relaxed;
    static constexpr auto announce = std::memory_order_release;  // -> claim: sequence_ was read
    static constexpr auto claim = std::memory_order_acquire;     // -> announce: and changes later
    // The caller's lock orders it: whoever changed the predicate held the lock after the waiter
    // did.
    static constexpr auto look = std::memory_order_relaxed;
    static constexpr auto advance = std::memory_order_relaxed;  // the futex compares the newest
    static constexpr auto arrive = std::memory_order_relaxed;   // as look
    static constexpr auto depart = std::memory_order_release;   // -> outlive: its last touch
    static constexpr auto outlive = std::memory_order_acquire;  // -> depart: destruction is later
    // Steps that mutation leaves out.
    static constexpr bool change = true;   // before a wake: who is just about to sleep does not
    static constexpr bool recheck = true;  // after a wake, which may have been for no reason
    static constexpr bool ask_last = true;  // after the deadline: it may hold by now
    static constexpr bool see_out = true;  // destruction waits for those on their way out
};

template <class orders = futex_condition_variable_orders>
class basic_futex_condition_variable {
public:
    basic_futex_condition_variable() = default;
    basic_futex_condition_variable(basic_futex_condition_variable const&) = delete;
    basic_futex_condition_variable& operator=(basic_futex_condition_variable const&) = delete;

    /// As soon as every waiter was notified it may be destroyed; those still on their way out are
    /// awaited here.
    ~basic_futex_condition_variable() {
        if constexpr (orders::see_out)
            (void)await(inside_, [](std::uint32_t count) { return count == 0; }, orders::outlive);
    }

    /// Lets `held` go, sleeps until notified or for no reason, takes `held` again.
    template <class Lock>
    void wait(Lock& held, site where = site::here()) {
        (void)wait_once(held, never, where);
    }

    /// Waits until `done()`, which is only asked with `held` taken.
    template <class Lock, class Predicate>
        requires std::predicate<Predicate&>
    void wait(Lock& held, Predicate done, site where = site::here()) {
        while (!done()) {
            (void)wait_once(held, never, where);
            if constexpr (!orders::recheck) return;
        }
    }

    /// As wait, but false when `limit` passed unnotified.
    template <class Lock>
    bool wait_until(Lock& held, deadline limit, site where = site::here()) {
        return wait_once(held, limit, where);
    }

    /// Waits until `done()` or `limit`; returns what `done()` last said.
    template <class Lock, class Predicate>
        requires std::predicate<Predicate&>
    bool wait_until(Lock& held, deadline limit, Predicate done, site where = site::here()) {
        while (!done()) {
            if (!wait_once(held, limit, where)) return orders::ask_last && done();
            if constexpr (!orders::recheck) return true;
        }
        return true;
    }

    /// As wait_until, from now; a negative span is a deadline that has passed.
    template <class Lock>
    bool wait_for(Lock& held, duration span, site where = site::here()) {
        return wait_until(held, racekit::after(span), where);
    }
    template <class Lock, class Predicate>
        requires std::predicate<Predicate&>
    bool wait_for(Lock& held, duration span, Predicate done, site where = site::here()) {
        return wait_until(held, racekit::after(span), std::move(done), where);
    }

    /// Wakes one of those who wait now, if any does.
    void notify_one() {
        std::uint64_t waiting = unclaimed_.load(orders::look);
        do {
            if (waiting == 0) return;
        } while (!unclaimed_.compare_exchange_weak(waiting, waiting - 1, orders::claim,
                                                   orders::look));
        if constexpr (orders::change) sequence_.fetch_add(1, orders::advance);
        futex_wake(sequence_, 1);
    }

    /// Wakes all who wait now.
    void notify_all() {
        if (unclaimed_.load(orders::look) == 0) return;
        unclaimed_.exchange(0, orders::claim);
        if constexpr (orders::change) sequence_.fetch_add(1, orders::advance);
        futex_wake(sequence_);
    }

private:
    template <class Lock>
    bool wait_once(Lock& held, deadline limit, site where) {
        std::uint32_t const before = sequence_.load(orders::remember);
        inside_.fetch_add(1, orders::arrive);
        unclaimed_.fetch_add(1, orders::announce);
        guard_detail::unlock(held, where);
        // Whoever wakes unclaimed stays counted: one wake too many later on, never one too few.
        auto const why = futex_wait_until(sequence_, before, limit);
        inside_.fetch_sub(1, orders::depart);
        guard_detail::lock(held, where);
        return why != futex_result::timed_out;
    }

    atomic<std::uint32_t> sequence_{0};
    atomic<std::uint32_t> inside_{0};
    atomic<std::uint64_t> unclaimed_{0};  // 64 bits: nothing but notifications lower it
};

using futex_condition_variable = basic_futex_condition_variable<>;

using condition_variable = layered<futex_condition_variable, specification::condition_variable>;
using condition_variable_any = condition_variable;

}  // namespace racekit
