// SPDX-License-Identifier: MIT
// An unbounded first-in first-out queue from any number of producers to one consumer.
//
// Progress: push() is wait-free but for the heap; try_pop() is wait-free.
// Invariant: from last_ on, next leads through all nodes in the order of the exchanges of newest_,
//            but for a gap behind each producer that has exchanged and not yet linked. The element
//            of last_ itself has been taken.
// Ordering: everything before a push() happens before the return of the try_pop() that takes its
//           element. "Empty" also means that the oldest push is still under way; a later one may
//           have returned.
// Source: Dmitry Vyukov, "Non-intrusive MPSC node-based queue", 2008.
#pragma once

#include <racekit/platform.hpp>
#include <racekit/platform/cache_line.hpp>
#include <racekit/platform/queue_state.hpp>

#include <cstddef>
#include <type_traits>
#include <utility>

namespace racekit {

struct mpsc_orders {
    static constexpr auto enter = std::memory_order_acq_rel;  // -> enter: the node before is whole
    static constexpr auto link = std::memory_order_release;   // -> follow: pop sees it whole
    static constexpr auto follow = std::memory_order_acquire;  // -> link
    static constexpr auto own = std::memory_order_relaxed;     // no other thread is there
};

template <class T, class orders = mpsc_orders>
class mpsc_queue {
    static_assert(std::is_object_v<T> && !std::is_const_v<T>, "an element is a movable object");
    static_assert(std::is_move_constructible_v<T>, "an element must be movable");
    static_assert(std::is_nothrow_destructible_v<T>, "an element's destructor must not throw");

public:
    using value_type = T;

    mpsc_queue() : newest_(new node), last_(newest_.load(orders::own)) {}

    /// Destroys what is left. No thread may still be inside a call.
    ~mpsc_queue() {
        node* each = last_.read();
        node* next = each->next.load(orders::own);
        delete each;
        for (each = next; each != nullptr; each = next) {
            next = each->next.load(orders::own);
            each->element.drop();
            delete each;
        }
    }

    mpsc_queue(mpsc_queue const&) = delete;
    mpsc_queue& operator=(mpsc_queue const&) = delete;

    /// Any thread. If the element's move or the allocation throws, nothing was pushed.
    void push(T&& element, site where = site::here()) { add(std::move(element), where); }
    void push(T const& element, site where = site::here())
        requires std::is_copy_constructible_v<T>
    {
        add(element, where);
    }

    /// Consumer only. False if the queue is empty, or the oldest push under way; `into` is then as
    /// it was. If the assignment throws, the element is still the next one.
    [[nodiscard]] bool try_pop(T& into, site where = site::here()) {
        if constexpr (guards_elements) element_code::expect_outside(this);
        node* const last = last_.read(where);
        node* const next = last->next.load(orders::follow);
        if (next == nullptr) return false;
        take(next->element, into, where);
        last_.write(next, where);
        delete last;
        return true;
    }

    /// Consumer only: whether try_pop would say false.
    [[nodiscard]] bool empty(site where = site::here()) const {
        return last_.read(where)->next.load(orders::follow) == nullptr;
    }

private:
    struct node {
        atomic<node*> next{nullptr};
        slot<T> element;
    };

    /// Destroys a node whose element could not be made.
    struct unused {
        ~unused() { delete one; }
        node* one;
    };

    static constexpr bool guards_elements = checks_element_code && runs_element_code<T>;

    /// The element's own code must not pop, as the node is still the next one: checked builds throw
    /// queue_reentered.
    void take(slot<T>& from, T& into, site where) {
        if constexpr (guards_elements) {
            element_code const running(this);
            from.take_into(into, where);
        } else {
            from.take_into(into, where);
        }
    }

    template <class Value>
    void add(Value&& element, site where) {
        unused made{new node};
        made.one->element.put(std::forward<Value>(element), where);
        node* const mine = std::exchange(made.one, nullptr);
        node* const before = newest_.exchange(mine, orders::enter);
        before->next.store(mine, orders::link);
    }

    alignas(cache_line) atomic<node*> newest_;
    alignas(cache_line) plain<node*> last_;
};

}  // namespace racekit
