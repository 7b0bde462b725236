// SPDX-License-Identifier: MIT
// A work-stealing deque: its owner puts and takes at one end, thieves take at the other.
//
// Progress: push() is wait-free but when it grows; try_pop() is wait-free; try_steal() too, as it
//           gives up when another was faster.
// Invariant: the elements are those from top_ up to bottom_, round the ring. Only the owner writes
//            bottom_, the ring and what it holds; top_ only rises, by the thread that takes from
//            that end.
// Ordering: everything before a push() happens before the return of the try_pop() or try_steal()
//           that takes its element. A try_steal() that says false found the deque empty, or lost
//           the element to another.
// Source: David Chase and Yossi Lev, "Dynamic Circular Work-Stealing Deque", 2005; Nhat Minh Lê,
//         Antoniu Pop, Albert Cohen and Francesco Zappa Nardelli, "Correct and Efficient
//         Work-Stealing for Weak Memory Models", 2013, with their fences as orders of top_ and
//         bottom_.
//
// Rings that it has outgrown are kept until the end, as a thief may still read one.
#pragma once

#include <racekit/platform.hpp>
#include <racekit/platform/cache_line.hpp>

#include <bit>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <stdexcept>
#include <type_traits>
#include <vector>

namespace racekit {

struct work_deque_orders {
    static constexpr auto publish = std::memory_order_release;  // -> reach: steal sees the element
    // A pop lowers bottom_, then reads top_; a thief reads top_, then bottom_: one sees the other.
    static constexpr auto lower = std::memory_order_seq_cst;    // -> reach
    static constexpr auto measure = std::memory_order_seq_cst;  // -> claim: top_, read by a pop
    // seq_cst: an acquire of another thief's claim would not put the load of bottom_ that follows
    // it after that claim in S.
    static constexpr auto begin = std::memory_order_seq_cst;    // -> claim: top_, read by a thief
    static constexpr auto reach = std::memory_order_seq_cst;    // -> lower, publish
    static constexpr auto claim = std::memory_order_seq_cst;    // -> measure, begin
    // A thread that reads it finds nothing left, or has read an old top_ and loses the claim.
    static constexpr auto restore = std::memory_order_relaxed;
    static constexpr auto widen = std::memory_order_release;  // -> follow: the elements moved over
    static constexpr auto follow = std::memory_order_acquire;  // -> widen
    static constexpr auto own = std::memory_order_relaxed;      // what the owner alone writes
    static constexpr auto element = std::memory_order_relaxed;  // top_ and bottom_ order it
    static constexpr auto room = std::memory_order_relaxed;     // an old top_ grows it too early
    static constexpr auto lost = std::memory_order_relaxed;     // nothing is taken then
    // Steps that mutation leaves out.
    static constexpr bool contend = true;   // a pop of the last one: a thief may have been faster
    static constexpr bool put_back = true;  // bottom_, when nothing is left: push() goes on there
};

/// T: trivially copyable and small enough for a lock-free atomic: a pointer, an index.
template <class T, class orders = work_deque_orders>
class work_deque {
    static_assert(std::is_trivially_copyable_v<T> && std::is_default_constructible_v<T>,
                  "thieves read an element that another may take: it must be trivially copyable");
    static_assert(atomic<T>::is_always_lock_free, "an element must fit a lock-free atomic");

public:
    using value_type = T;

    /// Room for so many elements before it grows. Throws std::invalid_argument when that is 0 or
    /// cannot be represented.
    explicit work_deque(std::size_t room = 64) {
        if (room == 0) throw std::invalid_argument("racekit::work_deque: room 0");
        if (room > std::numeric_limits<std::size_t>::max() / sizeof(atomic<T>) / 8)
            throw std::invalid_argument("racekit::work_deque: room too large");
        rings_.push_back(std::make_unique<ring>(std::bit_ceil(room)));
        ring_.store(rings_.back().get(), orders::own);
    }

    work_deque(work_deque const&) = delete;
    work_deque& operator=(work_deque const&) = delete;

    /// Owner only. If growing throws, nothing was pushed.
    void push(T element) {
        std::int64_t const bottom = bottom_.load(orders::own);
        std::int64_t const top = top_.load(orders::room);
        ring* in = ring_.load(orders::own);
        if (bottom - top >= in->size()) in = grown(*in, top, bottom);
        in->at(bottom).store(element, orders::element);
        bottom_.store(bottom + 1, orders::publish);
    }

    /// Owner only: the newest. False if the deque is empty.
    [[nodiscard]] bool try_pop(T& into) {
        std::int64_t const bottom = bottom_.load(orders::own) - 1;
        ring& in = *ring_.load(orders::own);
        bottom_.store(bottom, orders::lower);
        std::int64_t top = top_.load(orders::measure);
        if (top < bottom) {
            into = in.at(bottom).load(orders::element);
            return true;
        }
        // The last one, if any: thieves want it too.
        bool const mine = top == bottom &&
                          (!orders::contend ||
                           top_.compare_exchange_strong(top, top + 1, orders::claim, orders::lost));
        if (mine) into = in.at(bottom).load(orders::element);
        if constexpr (orders::put_back) bottom_.store(bottom + 1, orders::restore);
        return mine;
    }

    /// Any thread: the oldest. False if the deque is empty, or another took that one.
    [[nodiscard]] bool try_steal(T& into) {
        std::int64_t top = top_.load(orders::begin);
        std::int64_t const bottom = bottom_.load(orders::reach);
        if (top >= bottom) return false;
        T const element = ring_.load(orders::follow)->at(top).load(orders::element);
        if (!top_.compare_exchange_strong(top, top + 1, orders::claim, orders::lost)) return false;
        into = element;
        return true;
    }

    /// How many elements there were at one time; advice while other threads run.
    [[nodiscard]] std::size_t size() const {
        std::int64_t const top = top_.load(orders::room);
        std::int64_t const bottom = bottom_.load(orders::room);
        return bottom > top ? static_cast<std::size_t>(bottom - top) : 0;
    }
    [[nodiscard]] bool empty() const { return size() == 0; }

private:
    class ring {
    public:
        explicit ring(std::size_t size)
            : elements_(std::make_unique<atomic<T>[]>(size)), mask_(size - 1) {}
        [[nodiscard]] std::int64_t size() const { return static_cast<std::int64_t>(mask_) + 1; }
        [[nodiscard]] atomic<T>& at(std::int64_t index) const {
            return elements_[static_cast<std::size_t>(index) & mask_];
        }

    private:
        std::unique_ptr<atomic<T>[]> const elements_;
        std::size_t const mask_;
    };

    [[gnu::noinline]] ring* grown(ring const& from, std::int64_t top, std::int64_t bottom) {
        rings_.push_back(std::make_unique<ring>(2 * static_cast<std::size_t>(from.size())));
        ring* const to = rings_.back().get();
        for (std::int64_t at = top; at != bottom; ++at)
            to->at(at).store(from.at(at).load(orders::element), orders::element);
        ring_.store(to, orders::widen);
        return to;
    }

    alignas(cache_line) atomic<std::int64_t> top_{0};
    alignas(cache_line) atomic<std::int64_t> bottom_{0};
    atomic<ring*> ring_{nullptr};
    std::vector<std::unique_ptr<ring>> rings_;  // the owner's
};

}  // namespace racekit
