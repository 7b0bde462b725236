// SPDX-License-Identifier: MIT
// A bounded last-in first-out stack for any number of threads, from a pool of nodes of its own.
//
// Progress: lock-free.
// Invariant: each node is in one of two lists, full_ or free_, or in the hands of one thread. A
//            list's head is the number of its first node and a tag that every change of it raises.
// Ordering: everything before a try_push() happens before the return of the try_pop() that takes
//           its element. "Full" and "empty" describe a list at one time during the call; a node
//           that another thread holds at that time is in neither list.
// Source: Kent Treiber, "Systems Programming: Coping with Parallelism", 1986; the tag is IBM
//         System/370's, "Principles of Operation", appendix on compare double and swap.
//
// A tag has 32 bits: a thread that sleeps inside a call while exactly 2^32 changes, or a multiple,
// are made would be deceived.
#pragma once

#include <racekit/platform.hpp>
#include <racekit/platform/cache_line.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <stdexcept>
#include <type_traits>
#include <utility>

namespace racekit {

struct bounded_stack_orders {
    static constexpr auto give = std::memory_order_release;  // -> take: the node's content
    static constexpr auto take = std::memory_order_acquire;  // -> give
    static constexpr auto claim = std::memory_order_relaxed;  // the head is what `take` read
    static constexpr auto chain = std::memory_order_relaxed;  // of no use unless the head is kept
    static constexpr auto own = std::memory_order_relaxed;    // no other thread is there
    static constexpr bool tagged = true;  // a head that went and came back is not the same
};

/// T: its move and its destructor must not throw.
template <class T, class orders = bounded_stack_orders>
class bounded_stack {
    static_assert(std::is_object_v<T> && !std::is_const_v<T>, "an element is a movable object");
    static_assert(std::is_nothrow_move_constructible_v<T> && std::is_nothrow_move_assignable_v<T>,
                  "a node that was taken must be filled, or emptied: a move must not throw");
    static_assert(std::is_nothrow_destructible_v<T>, "an element's destructor must not throw");

public:
    using value_type = T;

    /// Throws std::invalid_argument when `capacity` is 0 or cannot be represented.
    explicit bounded_stack(std::size_t capacity)
        : capacity_(checked(capacity)), nodes_(std::make_unique<node[]>(capacity)) {
        for (std::size_t at = 0; at != capacity_; ++at)
            nodes_[at].next.store(at + 1 != capacity_ ? number(at + 1) : nobody, orders::own);
        free_.head.store(0, orders::own);
    }

    /// Destroys what is left. No thread may still be inside a call.
    ~bounded_stack() {
        std::uint32_t at = index(full_.head.load(orders::own));
        for (; at != nobody; at = nodes_[at].next.load(orders::own)) nodes_[at].element.drop();
    }

    bounded_stack(bounded_stack const&) = delete;
    bounded_stack& operator=(bounded_stack const&) = delete;

    /// False if the stack is full; `element` is then as it was.
    [[nodiscard]] bool try_push(T&& element, site where = site::here()) {
        std::uint32_t const mine = taken_from(free_);
        if (mine == nobody) return false;
        nodes_[mine].element.put(std::move(element), where);
        give_to(full_, mine);
        return true;
    }
    /// As above; if the copy throws, nothing was pushed.
    [[nodiscard]] bool try_push(T const& element, site where = site::here())
        requires std::is_copy_constructible_v<T>
    {
        return try_push(T(element), where);
    }

    /// False if the stack is empty; `into` is then as it was.
    [[nodiscard]] bool try_pop(T& into, site where = site::here()) {
        std::uint32_t const mine = taken_from(full_);
        if (mine == nobody) return false;
        nodes_[mine].element.take_into(into, where);
        give_to(free_, mine);
        return true;
    }

    [[nodiscard]] std::size_t capacity() const noexcept { return capacity_; }
    /// At one time during the call.
    [[nodiscard]] bool empty() const { return index(full_.head.load(orders::chain)) == nobody; }

private:
    static constexpr std::uint32_t nobody = 0xffff'ffff;

    struct node {
        atomic<std::uint32_t> next{nobody};
        slot<T> element;
    };
    struct alignas(cache_line) list {
        atomic<std::uint64_t> head{nobody};
    };

    static std::size_t checked(std::size_t capacity) {
        if (capacity == 0) throw std::invalid_argument("racekit::bounded_stack: capacity 0");
        if (capacity >= nobody)
            throw std::invalid_argument("racekit::bounded_stack: capacity too large");
        return capacity;
    }
    static std::uint32_t number(std::size_t at) { return static_cast<std::uint32_t>(at); }
    static std::uint32_t index(std::uint64_t head) { return static_cast<std::uint32_t>(head); }
    /// A head after `before` that names `first`.
    static std::uint64_t after(std::uint64_t before, std::uint32_t first) {
        std::uint64_t const tag = orders::tagged ? (before >> 32) + 1 : 0;
        return tag << 32 | first;
    }

    std::uint32_t taken_from(list& from) {
        std::uint64_t head = from.head.load(orders::take);
        for (;;) {
            std::uint32_t const first = index(head);
            if (first == nobody) return nobody;
            std::uint32_t const second = nodes_[first].next.load(orders::chain);
            if (from.head.compare_exchange_strong(head, after(head, second), orders::claim,
                                                  orders::take))
                return first;
        }
    }

    void give_to(list& to, std::uint32_t mine) {
        std::uint64_t head = to.head.load(orders::chain);
        do {
            nodes_[mine].next.store(index(head), orders::chain);
        } while (!to.head.compare_exchange_strong(head, after(head, mine), orders::give,
                                                  orders::chain));
    }

    std::size_t const capacity_;
    std::unique_ptr<node[]> const nodes_;
    list full_;
    list free_;
};

}  // namespace racekit
