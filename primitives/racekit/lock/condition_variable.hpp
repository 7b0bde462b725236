// condition_variable: waiting, with a lock let go, until another thread says that something changed.
//
// Progress: wait() blocks; notify_one() and notify_all() are wait-free but for the system call that
//           wakes, made only if somebody waits.
// Invariant: sequence_ grows with every notification that finds a waiter; waiters_ counts the threads
//            between letting their lock go and leaving the futex.
// Ordering: none of its own: the caller's lock orders what the waiter sees.
//
// No wake-up is lost: a waiter reads sequence_ before it lets the lock go, so a notification by anybody
// who took that lock since makes the word differ, and futex_wait does not sleep on a word that differs.
// wait() may return for no reason; the forms with a predicate do not.
#pragma once

#include <racekit/lock/guard.hpp>
#include <racekit/lock/mutex.hpp>
#include <racekit/platform.hpp>

#include <concepts>
#include <cstdint>

namespace racekit {

struct futex_condition_variable_orders {
    // The caller's lock orders it: whoever changed the predicate held the lock after the waiter did.
    static constexpr auto announce = std::memory_order_relaxed;
    static constexpr auto look = std::memory_order_relaxed;     // as announce, seen from the notifier
    static constexpr auto remember = std::memory_order_relaxed; // an old value only wakes once too often
    static constexpr auto advance = std::memory_order_relaxed;  // the futex compares with the newest
    static constexpr auto depart = std::memory_order_release;   // -> outlive: the last touch is over
    static constexpr auto outlive = std::memory_order_acquire;  // -> depart: destruction comes after it
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
        (void)await(waiters_, [](std::uint32_t count) { return count == 0; }, orders::outlive);
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
        while (!done()) (void)wait_once(held, never, where);
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
            if (!wait_once(held, limit, where)) return done();
        }
        return true;
    }

    /// Wakes one of those who wait now, if any does.
    void notify_one() { notify(1); }

    /// Wakes all who wait now.
    void notify_all() { notify(all); }

private:
    static constexpr int all = 0x7fffffff;

    template <class Lock>
    bool wait_once(Lock& held, deadline limit, site where) {
        waiters_.fetch_add(1, orders::announce);
        std::uint32_t const before = sequence_.load(orders::remember);
        guard_detail::unlock(held, where);
        auto const why = futex_wait_until(sequence_, before, limit);
        waiters_.fetch_sub(1, orders::depart);
        guard_detail::lock(held, where);
        return why != futex_result::timed_out;
    }

    void notify(int count) {
        if (waiters_.load(orders::look) == 0) return;
        sequence_.fetch_add(1, orders::advance);
        futex_wake(sequence_, count);
    }

    atomic<std::uint32_t> sequence_{0};
    atomic<std::uint32_t> waiters_{0};
};

using futex_condition_variable = basic_futex_condition_variable<>;

using condition_variable = layered<futex_condition_variable, specification::condition_variable>;

}  // namespace racekit
