// SPDX-License-Identifier: MIT
// A ring of cells for any number of producers and consumers, which may be closed: what mpmc_queue
// and parking_queue are made of.
//
// Progress: no call waits, but for one case: a thread that needs the cell that another has claimed
//           and not yet filled or emptied is blocked for a few instructions, or while that one is
//           preempted.
// Invariant: a ticket is a lap and an index. A cell's stamp is the ticket of the put that may fill
//            it next; that plus one while it is full, for the get with this ticket. producers_.next
//            is the next ticket to put with, consumers_.next to get with; the thread that advances
//            one by compare-exchange has claimed its cell.
// Ordering: everything before a put happens before the return of the get that takes its element;
//           everything before close() before the return of any call that says `closed`. "Full" and
//           "empty" are true at one time during the call.
// Source: Dmitry Vyukov, "Bounded MPMC queue", 2010 (a sequence number in each cell). A lap beside
//         the index, so that the capacity is any number, and `closed` as a bit of the tail, so that
//         the claim itself finds out, are in Stjepan Glavina's channels for Rust, 2018.
//
// Cells are not padded: four of 16 bytes share a line, and a line is what moves between cores. For
// the same reason a thread that finds nothing pauses before it looks at the cell again.
#pragma once

#include <racekit/platform.hpp>
#include <racekit/platform/cache_line.hpp>
#include <racekit/queue/capacity.hpp>
#include <racekit/queue/queue_state.hpp>
#include <racekit/queue/tickets.hpp>

#include <cstddef>
#include <memory>
#include <type_traits>
#include <utility>

namespace racekit {

struct ticket_ring_orders {
    static constexpr auto publish = std::memory_order_release;  // -> observe: get sees it whole
    static constexpr auto observe = std::memory_order_acquire;  // -> publish
    static constexpr auto vacate = std::memory_order_release;   // -> reclaim: put finds it empty
    static constexpr auto reclaim = std::memory_order_acquire;  // -> vacate
    // Claims are in one order with looks, so that of a put that goes on to look for sleepers and a
    // sleeper that looks at the tail, one sees the other; and the same of a get and the head.
    static constexpr auto claim = std::memory_order_seq_cst;  // -> look
    static constexpr auto look = std::memory_order_seq_cst;   // -> claim: it is full, or empty
    static constexpr auto close = std::memory_order_seq_cst;  // -> look: so is what was said before
    // An old ticket cannot be claimed; but to see that it is full, a put must see the gets that the
    // put before it saw, and no older head than that.
    static constexpr auto draw = std::memory_order_acquire;   // -> claim: heads before that tail
    static constexpr auto glance = std::memory_order_relaxed;  // it is looked at again
    static constexpr auto own = std::memory_order_relaxed;     // no other thread is there
    // Steps that mutation leaves out.
    static constexpr bool ask = true;      // the other side: a cell may be claimed
    static constexpr bool recheck = true;  // the tail, after the head: it may be closed by now
    static constexpr bool settle = true;   // size(): the tail again, or the head was a later one
};

enum class ring_result { done, none, closed };

template <class T, class orders = ticket_ring_orders>
class ticket_ring {
    static_assert(std::is_object_v<T> && !std::is_const_v<T>, "an element is a movable object");
    static_assert(std::is_nothrow_move_constructible_v<T> && std::is_nothrow_move_assignable_v<T>,
                  "a claimed cell must be filled and emptied: moving an element must not throw");
    static_assert(std::is_nothrow_destructible_v<T>, "an element's destructor must not throw");

public:
    /// Throws std::invalid_argument when `capacity` is 0 or cannot be represented.
    explicit ticket_ring(std::size_t capacity)
        : cells_(std::make_unique<cell[]>(checked_capacity<cell>(capacity))),
          producers_(cells_.get(), capacity),
          consumers_(cells_.get(), capacity) {
        for (std::size_t at = 0; at != capacity; ++at) cells_[at].stamp.store(at, orders::own);
    }

    /// Destroys what is left. No thread may still be inside a call.
    ~ticket_ring() {
        std::size_t const end = producers_.next.load(orders::own) & ~producers_.closed;
        std::size_t at = consumers_.next.load(orders::own);
        for (; at != end; at = consumers_.after(at)) consumers_.at(at).element.drop();
    }

    ticket_ring(ticket_ring const&) = delete;
    ticket_ring& operator=(ticket_ring const&) = delete;

    /// `element` is moved from only if the result is `done`; none: full. Throws queue_reentered.
    template <class Value>
    [[gnu::always_inline]] ring_result put(Value&& element, site where) {
        if constexpr (runs_element_code<T>) element_code::expect_outside(this);
        for (;;) {
            std::size_t ticket = producers_.next.load(orders::draw);
            cell& mine = producers_.at(ticket);
            std::size_t const stamp = mine.stamp.load(orders::reclaim);
            if (stamp == ticket) {
                if (!producers_.next.compare_exchange_strong(ticket, producers_.after(ticket),
                                                             orders::claim, orders::draw))
                    continue;
                fill(mine, std::forward<Value>(element), where);
                mine.stamp.store(ticket + 1, orders::publish);
                return ring_result::done;
            }
            if (auto const why = why_not_put(ticket, stamp); why != ring_result::done) return why;
        }
    }

    /// `into` is assigned to only if the result is `done`, and then after the cell was vacated;
    /// none: empty; closed: and no element will come. Throws queue_reentered.
    [[gnu::always_inline]] ring_result get(T& into, site where) {
        if constexpr (runs_element_code<T>) element_code::expect_outside(this);
        for (;;) {
            std::size_t ticket = consumers_.next.load(orders::draw);
            cell& mine = consumers_.at(ticket);
            std::size_t const stamp = mine.stamp.load(orders::observe);
            if (stamp == ticket + 1) {
                if (!consumers_.next.compare_exchange_strong(ticket, consumers_.after(ticket),
                                                             orders::claim, orders::draw))
                    continue;
                empty(mine, ticket, into, where);
                return ring_result::done;
            }
            if (auto const why = why_not_get(ticket, stamp); why != ring_result::done) return why;
        }
    }

    /// From now on put says `closed`. Closing again does nothing.
    void close() { producers_.next.fetch_or(producers_.closed, orders::close); }
    [[nodiscard]] bool is_closed() const {
        return (producers_.next.load(orders::look) & producers_.closed) != 0;
    }

    /// What a put or a get would wait for, awaited for about as long as a sleeper takes to wake.
    void await_room_briefly() const {
        std::size_t const ticket = producers_.next.load(orders::draw) & ~producers_.closed;
        await_briefly_at(producers_.at(ticket), ticket);
    }
    void await_element_briefly() const {
        std::size_t const ticket = consumers_.next.load(orders::draw);
        await_briefly_at(consumers_.at(ticket), ticket + 1);
    }

    /// How many elements there were at one time during the call.
    [[nodiscard]] std::size_t size() const {
        std::size_t end = producers_.next.load(orders::look);
        for (;;) {
            std::size_t const begin = consumers_.next.load(orders::look);
            std::size_t const again = producers_.next.load(orders::look);
            if (!orders::settle || end == again)
                return producers_.count(end) - producers_.count(begin);
            end = again;
        }
    }
    /// How many elements were ever put, at one time during the call.
    [[nodiscard]] std::size_t puts() const {
        return producers_.count(producers_.next.load(orders::look));
    }
    [[nodiscard]] std::size_t capacity() const noexcept { return producers_.capacity; }

private:
    struct cell {
        atomic<std::size_t> stamp{0};
        slot<T> element;
    };

    // The next ticket of one side, and all else that it reads, in a cache line of its own.
    struct alignas(cache_line) side : tickets {
        side(cell* first, std::size_t size) : tickets(size), cells(first) {}
        [[nodiscard]] cell& at(std::size_t ticket) const { return cells[index(ticket)]; }

        atomic<std::size_t> next{0};
        cell* const cells;
    };

    template <class Value>
    [[gnu::always_inline]] void fill(cell& mine, Value&& element, site where) {
        if constexpr (runs_element_code<T>) {
            element_code const running(this);
            mine.element.put(std::forward<Value>(element), where);
        } else {
            mine.element.put(std::forward<Value>(element), where);
        }
    }
    [[gnu::always_inline]] void empty(cell& mine, std::size_t ticket, T& into, site where) {
        if constexpr (runs_element_code<T>) {
            // The old value of `into` is destroyed with the cell vacated: it may use the ring.
            T taken = moved_out(mine, where);
            mine.stamp.store(ticket + consumers_.lap, orders::vacate);
            into = std::move(taken);
        } else {
            mine.element.take_into(into, where);
            mine.stamp.store(ticket + consumers_.lap, orders::vacate);
        }
    }
    T moved_out(cell& mine, site where) {
        element_code const running(this);
        return mine.element.take(where);
    }

    // Out of line, so that put and get are small where they are inlined. `done`: look again.

    [[gnu::noinline]] ring_result why_not_put(std::size_t ticket, std::size_t stamp) const {
        if ((ticket & producers_.closed) != 0) return ring_result::closed;
        // An old ticket. Without this line the caller would wait once before it notices.
        if (!tickets::is_before(stamp, ticket)) return ring_result::done;
        if (orders::ask && consumers_.next.load(orders::look) + producers_.lap != ticket) {
            await_change(producers_.at(ticket), stamp);
        } else if (!orders::recheck || producers_.next.load(orders::look) == ticket) {
            return ring_result::none;  // neither claimed by a put nor closed by now
        }
        return ring_result::done;
    }
    [[gnu::noinline]] ring_result why_not_get(std::size_t ticket, std::size_t stamp) const {
        if (!tickets::is_before(stamp, ticket + 1)) return ring_result::done;
        std::size_t const end = producers_.next.load(orders::look);
        if (!orders::ask || end == ticket) return ring_result::none;
        if (end == (ticket | producers_.closed)) return ring_result::closed;
        await_change(consumers_.at(ticket), stamp);
        return ring_result::done;
    }

    static void let_others_get_ahead() {
        for (int pause = 0; pause != 16; ++pause) cpu_relax();
    }

    static void await_change(cell const& one, std::size_t stamp) {
        std::size_t now = stamp;
        let_others_get_ahead();
        // Once more from the start if it does not change: the ticket may have been an old one.
        if (!await_briefly(one.stamp, [&](std::size_t seen) { return seen != stamp; }, now,
                           orders::glance))
            spin_hint();
    }
    static void await_briefly_at(cell const& one, std::size_t wanted) {
        std::size_t stamp = 0;
        let_others_get_ahead();
        (void)await_briefly(one.stamp, [&](std::size_t now) { return now == wanted; }, stamp,
                            orders::glance);
    }

    std::unique_ptr<cell[]> const cells_;
    side producers_;
    side consumers_;
};

}  // namespace racekit
