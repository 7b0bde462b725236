// SPDX-License-Identifier: MIT
// condition_variable: a thread that holds a lock releases it and waits until another thread
// notifies it.
//
// Progress: wait() blocks; notify_one() and notify_all() are lock-free, with a system call only for
//           a waiter that no notification is for yet (or one that timed out uncounted).
// Invariant: as wait_queue; inside_ is the number of threads that will still touch this object.
// Ordering: none of its own: the caller's lock orders what the waiter sees.
//
// A notification that finds no unclaimed waiter needs to do nothing: those that still sleep are
// being woken, and will take the caller's lock after the notifier did. wait() may return
// spuriously; the forms with a predicate do not.
#pragma once

#include <racekit/lock/guard.hpp>
#include <racekit/lock/mutex.hpp>
#include <racekit/lock/wait_queue.hpp>
#include <racekit/platform/condition_forms.hpp>
#include <racekit/platform/core.hpp>

#include <concepts>
#include <cstdint>
#include <utility>

namespace racekit {

struct futex_condition_variable_orders {
    // An old value here only wakes once too often.
    static constexpr auto remember = std::memory_order_relaxed;
    static constexpr auto announce = std::memory_order_release;  // -> claim: sequence_ was read
    static constexpr auto claim = std::memory_order_acquire;     // -> announce: and changes later
    // The caller's lock orders it: a thread that changes the predicate takes the lock after the
    // waiter did.
    static constexpr auto look = std::memory_order_relaxed;
    static constexpr auto advance = std::memory_order_relaxed;  // the futex compares the newest
    // Two read-modify-writes of one word: the waiter's comes later and sees the request, or it
    // comes first and interrupt() sees the waiter.
    static constexpr auto expect = std::memory_order_acquire;     // -> interrupt: then looks at it
    static constexpr auto interrupt = std::memory_order_release;  // -> expect: the request is made
    static constexpr auto arrive = std::memory_order_relaxed;   // as look
    static constexpr auto depart = std::memory_order_release;   // -> outlive: its last touch
    static constexpr auto outlive = std::memory_order_acquire;  // -> depart: destruction is later
    // Steps that mutation leaves out.
    static constexpr bool change = true;    // before a wake: a thread about to sleep does not
    static constexpr bool recheck = true;   // after a wake-up, which may be spurious
    static constexpr bool ask_last = true;  // after the deadline: it may hold by now
    static constexpr bool see_out = true;   // destruction waits for those on their way out
    static constexpr bool relook = true;    // once counted: the interruption may have come before
};

template <class orders = futex_condition_variable_orders>
class basic_futex_condition_variable
    : public condition_forms<basic_futex_condition_variable<orders>, orders> {
    friend condition_forms<basic_futex_condition_variable, orders>;

public:
    constexpr basic_futex_condition_variable() = default;

    /// May be destroyed as soon as every waiter was notified; the destructor waits for those that
    /// have not left wait() yet.
    ~basic_futex_condition_variable() {
        if constexpr (orders::see_out)
            (void)await(inside_, [](std::uint32_t count) { return count == 0; }, orders::outlive);
    }

    /// Wakes one of the threads that wait now, if there is one.
    void notify_one() { waiters_.wake(1); }
    /// Wakes at most `count` of them.
    void notify(std::uint32_t count) { waiters_.wake(count); }
    /// Wakes all of them.
    void notify_all() { waiters_.wake_all(); }

    /// Ends every wait_unless() whose condition holds, now or when it begins.
    void interrupt() {
        waiters_.synchronise(orders::interrupt);
        waiters_.wake_all();
    }

    /// As wait_until() without a predicate, but does not sleep once `interrupted()` holds; whatever
    /// makes it hold is followed by interrupt(). False: `limit` passed first.
    template <class Lock, class Interrupted>
    bool wait_unless(Lock& held, deadline limit, Interrupted interrupted,
                     site where = site::here()) {
        departure leaving(inside_);
        std::uint32_t const announced = waiters_.announce();
        waiters_.synchronise(orders::expect);
        if (orders::relook && interrupted()) return true;
        return released(held, where, leaving, [&] { return waiters_.sleep(announced, limit); });
    }

private:
    /// Counts a thread as inside, until it leaves or an exception ends its wait.
    class departure {
    public:
        explicit departure(atomic<std::uint32_t>& inside) : inside_(&inside) {
            inside_->fetch_add(1, orders::arrive);
        }
        ~departure() { leave(); }
        departure(departure const&) = delete;
        departure& operator=(departure const&) = delete;

        void leave() {
            if (auto* const inside = std::exchange(inside_, nullptr); inside != nullptr)
                inside->fetch_sub(1, orders::depart);
        }

    private:
        atomic<std::uint32_t>* inside_;
    };

    /// Calls `sleep` with `held` released, and leaves before it takes `held` again: the thread that
    /// destroys this object may hold it.
    template <class Lock, class Sleep>
    static bool released(Lock& held, site where, departure& leaving, Sleep sleep) {
        guard_detail::unlock(held, where);
        bool const in_time = sleep();
        leaving.leave();
        guard_detail::lock(held, where);
        return in_time;
    }

    template <class Lock>
    bool wait_once(Lock& held, deadline limit, site where) {
        departure leaving(inside_);
        std::uint32_t const announced = waiters_.announce();
        return released(held, where, leaving, [&] { return waiters_.sleep(announced, limit); });
    }

    basic_wait_queue<orders> waiters_;
    atomic<std::uint32_t> inside_{0};
};

using futex_condition_variable = basic_futex_condition_variable<>;

/// Natively it works with any lock that has lock() and unlock(): std::condition_variable_any.
using condition_variable = layered<futex_condition_variable, specification::condition_variable>;
using condition_variable_any = condition_variable;

}  // namespace racekit
