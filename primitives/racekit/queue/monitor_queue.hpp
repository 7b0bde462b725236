// SPDX-License-Identifier: MIT
// A queue behind a lock, for any number of producers and consumers that may wait: first in first
// out, last in first out, or by priority; bounded or not.
//
// Progress: blocking, a lock around each operation. No thread waits while there is room,
//           or an element.
// Invariant: count_ is the number of elements; once closed_, it only falls. unfinished_ is the
//            number of elements put that no task_done() was for.
// Ordering: everything before a put() happens before the return of the get() that takes its
//           element; everything before close() before the return of any call that says `closed`;
//           everything before a task_done() before the return of a join() that it ends.
#pragma once

#include <racekit/lock/condition_variable.hpp>
#include <racekit/lock/mutex.hpp>
#include <racekit/platform.hpp>
#include <racekit/queue/capacity.hpp>
#include <racekit/queue/queue_state.hpp>
#include <racekit/queue/service_order.hpp>

#include <cstddef>
#include <limits>
#include <optional>
#include <type_traits>
#include <utility>

namespace racekit {

/// Steps that mutation leaves out.
struct monitor_queue_steps {
    static constexpr bool recheck = true;     // after a wake: another may have been faster
    static constexpr bool still_open = true;  // after waiting for room: it may be closed by now
    static constexpr bool pass_on = true;     // the wake-up, if what follows it throws
};

template <class T, class order = fifo, class steps = monitor_queue_steps>
class monitor_queue {
    static_assert(std::is_object_v<T> && !std::is_const_v<T>, "an element is a movable object");
    static_assert(std::is_move_constructible_v<T>, "an element must be movable");
    static_assert(std::is_nothrow_destructible_v<T>, "an element's destructor must not throw");

public:
    using value_type = T;

    /// Throws std::invalid_argument when `capacity` is 0 or cannot be represented.
    explicit monitor_queue(std::size_t capacity) : capacity_(checked_capacity<T>(capacity)) {}
    explicit monitor_queue(unbounded_t) : capacity_(most) {}

    monitor_queue(monitor_queue const&) = delete;
    monitor_queue& operator=(monitor_queue const&) = delete;

    // put: `element` is moved from only if the result is `done`. If its move throws, nothing was
    // put.

    /// Waits for room. `done` or `closed`.
    queue_state put(T&& element, site where = site::here()) {
        return put_until(std::move(element), never, where);
    }
    queue_state put(T const& element, site where = site::here())
        requires std::is_copy_constructible_v<T>
    {
        return put(T(element), where);
    }

    /// Never waits. `done`, `full` or `closed`.
    queue_state try_put(T&& element, site where = site::here()) {
        expect_outside();
        unique_lock hold(gate_, where);
        if (!closed_.read(where) && count_.read(where) == capacity_) return queue_state::full;
        return put_now(std::move(element), hold, where);
    }
    queue_state try_put(T const& element, site where = site::here())
        requires std::is_copy_constructible_v<T>
    {
        return try_put(T(element), where);
    }

    /// Waits for room until `limit`. `done`, `closed` or `timed_out`.
    queue_state put_until(T&& element, deadline limit, site where = site::here()) {
        expect_outside();
        unique_lock hold(gate_, where);
        auto const may_go_on = [&] {
            return closed_.read(where) || count_.read(where) != capacity_;
        };
        if (!wait(not_full_, hold, limit, may_go_on, where)) return queue_state::timed_out;
        return put_now(std::move(element), hold, where);
    }
    queue_state put_until(T const& element, deadline limit, site where = site::here())
        requires std::is_copy_constructible_v<T>
    {
        return put_until(T(element), limit, where);
    }

    // get: `into` is assigned to only if the result is `done`. If that throws, the element is still
    // the next one.

    /// Waits for an element. `done`, or `closed` when none is left and none will come.
    queue_state get(T& into, site where = site::here()) { return get_until(into, never, where); }

    /// Never waits. `done`, `empty` or `closed`.
    queue_state try_get(T& into, site where = site::here()) {
        expect_outside();
        unique_lock hold(gate_, where);
        if (count_.read(where) == 0 && !closed_.read(where)) return queue_state::empty;
        return get_now(into, hold, where);
    }

    /// Waits for an element until `limit`. `done`, `closed` or `timed_out`.
    queue_state get_until(T& into, deadline limit, site where = site::here()) {
        expect_outside();
        unique_lock hold(gate_, where);
        auto const may_go_on = [&] { return count_.read(where) != 0 || closed_.read(where); };
        if (!wait(not_empty_, hold, limit, may_go_on, where)) return queue_state::timed_out;
        return get_now(into, hold, where);
    }

    /// Takes no more elements from now on, and wakes every waiter. What was put can still be got.
    /// Closing again does nothing.
    void close(site where = site::here()) {
        {
            scoped_lock hold(gate_, where);
            closed_.write(true, where);
        }
        not_empty_.notify_all();
        not_full_.notify_all();
    }

    /// Says that the work of one element that was put is done. Throws task_done_too_often.
    void task_done(site where = site::here()) {
        unique_lock hold(gate_, where);
        std::size_t const left = unfinished_.read(where);
        if (left == 0) throw task_done_too_often();
        unfinished_.write(left - 1, where);
        hold.unlock(where);
        if (left == 1) all_done_.notify_all();
    }

    /// Waits until task_done() was called for every element that was put; as often as one likes.
    void join(site where = site::here()) { (void)join_until(never, where); }
    /// False: `limit` passed first.
    [[nodiscard]] bool join_until(deadline limit, site where = site::here()) {
        unique_lock hold(gate_, where);
        return wait(all_done_, hold, limit, [&] { return unfinished_.read(where) == 0; }, where);
    }
    template <class Rep, class Period>
    [[nodiscard]] bool join_for(std::chrono::duration<Rep, Period> span,
                                site where = site::here()) {
        return join_until(racekit::after(span), where);
    }

    // True at one time during the call, and perhaps no longer when it returns: do not decide by
    // them what the next call will do. try_put and try_get test and act in one step.

    [[nodiscard]] std::size_t size(site where = site::here()) const {
        scoped_lock hold(gate_, where);
        return count_.read(where);
    }
    [[nodiscard]] bool empty(site where = site::here()) const { return size(where) == 0; }
    [[nodiscard]] bool is_closed(site where = site::here()) const {
        scoped_lock hold(gate_, where);
        return closed_.read(where);
    }
    /// The greatest std::size_t if unbounded.
    [[nodiscard]] std::size_t capacity() const noexcept { return capacity_; }

private:
    static constexpr std::size_t most = std::numeric_limits<std::size_t>::max();

    template <class Lock, class Predicate>
    static bool wait(condition_variable& changed, Lock& hold, deadline limit, Predicate done,
                     site where) {
        if constexpr (!steps::recheck) {
            if (!done()) changed.wait(hold, where);
            return true;
        }
        if (limit != never) return changed.wait_until(hold, limit, done, where);
        changed.wait(hold, done, where);
        return true;
    }

    // Elements are moved out of the lock's reach only if that cannot fail: what failed is as
    // before.
    static constexpr bool assigns_outside =
        std::is_nothrow_move_constructible_v<T> && std::is_nothrow_move_assignable_v<T>;

    void expect_outside() const { element_code::expect_outside(this); }

    /// Calls `change`, which runs code of elements and may throw. A thread that was woken and then
    /// fails wakes another one in its place.
    template <class Lock, class Change>
    void change_elements(Lock& hold, condition_variable& fellows, site where, Change change) {
        try {
            element_code const running(this);
            change();
        } catch (...) {
            hold.unlock(where);
            if constexpr (steps::pass_on) fellows.notify_one();
            throw;
        }
    }

    template <class Lock>
    queue_state put_now(T&& element, Lock& hold, site where) {
        if (steps::still_open && closed_.read(where)) return queue_state::closed;
        change_elements(hold, not_full_, where, [&] { elements_.put(std::move(element)); });
        count_.write(count_.read(where) + 1, where);
        unfinished_.write(unfinished_.read(where) + 1, where);
        hold.unlock(where);
        not_empty_.notify_one();
        return queue_state::done;
    }

    template <class Lock>
    queue_state get_now(T& into, Lock& hold, site where) {
        if (count_.read(where) == 0) return queue_state::closed;
        if constexpr (assigns_outside) {
            std::optional<T> taken;
            change_elements(hold, not_empty_, where, [&] { elements_.get(taken); });
            after_get(hold, where);
            into = std::move(*taken);
        } else {
            change_elements(hold, not_empty_, where, [&] { elements_.get(into); });
            after_get(hold, where);
        }
        return queue_state::done;
    }

    template <class Lock>
    void after_get(Lock& hold, site where) {
        count_.write(count_.read(where) - 1, where);
        hold.unlock(where);
        not_full_.notify_one();
    }

    std::size_t const capacity_;
    mutex mutable gate_;
    condition_variable not_empty_;
    condition_variable not_full_;
    condition_variable all_done_;
    typename order::template elements<T> elements_;
    plain<std::size_t> count_{0};
    plain<std::size_t> unfinished_{0};
    plain<bool> closed_{false};
};

}  // namespace racekit
