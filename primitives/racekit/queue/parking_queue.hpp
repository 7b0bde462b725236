// SPDX-License-Identifier: MIT
// A bounded first-in first-out queue for any number of producers and consumers that may wait; a
// ring without a lock, and wait queues beside it.
//
// Progress: as ticket_ring while there is room, or an element; else it looks for some microseconds,
//           then sleeps until an operation of the other side. No thread makes a system call
//           unless another sleeps. task_done() is lock-free; join() blocks.
// Invariant: once the ring is closed nothing is put any more. finished_ is at most the number of
//            elements ever put.
// Ordering: everything before a put() happens before the return of the get() that takes its
//           element; everything before close() before the return of any call that says `closed`;
//           everything before a task_done() before the return of a join() that counts it.
#pragma once

#include <racekit/lock/wait_queue.hpp>
#include <racekit/platform.hpp>
#include <racekit/platform/cache_line.hpp>
#include <racekit/queue/queue_state.hpp>
#include <racekit/queue/ticket_ring.hpp>

#include <cstddef>
#include <type_traits>
#include <utility>

namespace racekit {

struct parking_queue_orders {
    static constexpr auto finish = std::memory_order_seq_cst;  // -> settled: then looks for joiners
    static constexpr auto settled = std::memory_order_seq_cst;  // -> finish: sees what was done
    // The compare-exchange decides; but how many were put is asked after that, and what was counted
    // as done was put before.
    static constexpr auto old = std::memory_order_acquire;      // -> finish
};

/// T: its move and its destructor must not throw. The capacity is any number from 1, and exact.
template <class T, class orders = parking_queue_orders, class ring_orders = ticket_ring_orders,
          class wait_orders = wait_queue_orders>
class parking_queue {
public:
    using value_type = T;

    /// Throws std::invalid_argument when `capacity` is 0 or cannot be represented.
    explicit parking_queue(std::size_t capacity) : ring_(capacity) {}

    // put: `element` is moved from only if the result is `done`. If a copy throws, nothing was put.

    /// Waits for room. `done` or `closed`.
    [[gnu::always_inline]] queue_state put(T&& element, site where = site::here()) {
        return put_until(std::move(element), never, where);
    }
    [[gnu::always_inline]] queue_state put(T const& element, site where = site::here())
        requires std::is_copy_constructible_v<T>
    {
        return put(T(element), where);
    }

    /// Never waits. `done`, `full` or `closed`.
    [[gnu::always_inline]] queue_state try_put(T&& element, site where = site::here()) {
        ring_result const how = ring_.put(std::move(element), where);
        if (how == ring_result::none) return queue_state::full;
        return after_put(how);
    }
    queue_state try_put(T const& element, site where = site::here())
        requires std::is_copy_constructible_v<T>
    {
        return try_put(T(element), where);
    }

    /// Waits for room until `limit`. `done`, `closed` or `timed_out`.
    [[gnu::always_inline]] queue_state put_until(T&& element, deadline limit,
                                                 site where = site::here()) {
        ring_result const how = ring_.put(std::move(element), where);
        if (how == ring_result::none) return park_and_put(element, limit, where);
        return after_put(how);
    }
    queue_state put_until(T const& element, deadline limit, site where = site::here())
        requires std::is_copy_constructible_v<T>
    {
        return put_until(T(element), limit, where);
    }

    // get: `into` is assigned to only if the result is `done`.

    /// Waits for an element. `done`, or `closed` when none is left and none will come.
    [[gnu::always_inline]] queue_state get(T& into, site where = site::here()) {
        return get_until(into, never, where);
    }

    /// Never waits. `done`, `empty` or `closed`.
    [[gnu::always_inline]] queue_state try_get(T& into, site where = site::here()) {
        ring_result const how = ring_.get(into, where);
        if (how == ring_result::none) return queue_state::empty;
        return after_get(how);
    }

    /// Waits for an element until `limit`. `done`, `closed` or `timed_out`.
    [[gnu::always_inline]] queue_state get_until(T& into, deadline limit,
                                                 site where = site::here()) {
        ring_result const how = ring_.get(into, where);
        if (how == ring_result::none) return park_and_get(into, limit, where);
        return after_get(how);
    }

    /// Takes no more elements from now on, and wakes every waiter. What was put can still be got.
    /// Closing again does nothing.
    void close() {
        ring_.close();
        not_empty_.wake_all();
        not_full_.wake_all();
    }

    /// Says that the work of one element that was put is done. Throws task_done_too_often.
    void task_done() {
        std::size_t before = finished_.load(orders::old);
        do {
            if (before == ring_.puts()) throw task_done_too_often();
        } while (!finished_.compare_exchange_strong(before, before + 1, orders::finish,
                                                    orders::old));
        if (before + 1 == ring_.puts()) all_done_.wake_all();
    }

    /// Waits until task_done() was called for every element that was put; as often as one likes.
    void join() { (void)join_until(never); }
    /// False: `limit` passed first.
    [[nodiscard]] bool join_until(deadline limit) {
        auto const nothing_left = [&] {
            return finished_.load(orders::settled) == ring_.puts();
        };
        return nothing_left() || all_done_.wait_until(limit, nothing_left);
    }
    template <class Rep, class Period>
    [[nodiscard]] bool join_for(std::chrono::duration<Rep, Period> span) {
        return join_until(racekit::after(span));
    }

    // True at one time during the call, and perhaps no longer when it returns: do not decide by
    // them what the next call will do. try_put and try_get test and act in one step.

    [[nodiscard]] std::size_t size() const { return ring_.size(); }
    [[nodiscard]] bool empty() const { return size() == 0; }
    [[nodiscard]] bool is_closed() const { return ring_.is_closed(); }
    [[nodiscard]] std::size_t capacity() const noexcept { return ring_.capacity(); }

private:
    queue_state after_put(ring_result how) {
        if (how == ring_result::closed) return queue_state::closed;
        not_empty_.wake(1);
        return queue_state::done;
    }
    queue_state after_get(ring_result how) {
        if (how == ring_result::closed) return queue_state::closed;
        not_full_.wake(1);
        return queue_state::done;
    }

    // Out of line, so that put and get are small where they are inlined. Looking briefly, and the
    // attempt after it, only save a sleep: what must be looked at again is in the waiting room.

    [[gnu::noinline]] queue_state park_and_put(T& element, deadline limit, site where) {
        ring_.await_room_briefly();
        ring_result how = ring_.put(std::move(element), where);
        if (how == ring_result::none) {
            (void)not_full_.wait_until(limit, [&] {
                how = ring_.put(std::move(element), where);
                return how != ring_result::none;
            });
        }
        return how == ring_result::none ? queue_state::timed_out : after_put(how);
    }
    [[gnu::noinline]] queue_state park_and_get(T& into, deadline limit, site where) {
        ring_.await_element_briefly();
        ring_result how = ring_.get(into, where);
        if (how == ring_result::none) {
            (void)not_empty_.wait_until(limit, [&] {
                how = ring_.get(into, where);
                return how != ring_result::none;
            });
        }
        return how == ring_result::none ? queue_state::timed_out : after_get(how);
    }


    ticket_ring<T, ring_orders> ring_;
    alignas(cache_line) basic_wait_queue<wait_orders> not_empty_;
    basic_wait_queue<wait_orders> not_full_;
    alignas(cache_line) atomic<std::size_t> finished_{0};
    basic_wait_queue<wait_orders> all_done_;
};

}  // namespace racekit
