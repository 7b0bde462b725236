// SPDX-License-Identifier: MIT
// An unbounded last-in first-out stack for any number of threads; a node that was popped is freed
// once no thread looks into it any more.
//
// Progress: lock-free but for the heap.
// Invariant: from top_ on, next leads through all elements, newest first. A node is linked once and
//            its next does not change after that; once unlinked it is the popping thread's, but for
//            those that protect it, and is freed after the last of them has released it.
// Ordering: everything before a push() happens before the return of the try_pop() that takes its
//           element. "Empty" is true at one time during the call.
// Source: Kent Treiber, "Systems Programming: Coping with Parallelism", 1986; Maged Michael,
//         "Hazard Pointers: Safe Memory Reclamation for Lock-Free Objects", 2004.
//
// Without protection a pop would read `next` of a node that another has freed; or, where the heap
// gives the same address out again, find on top a node that only looks like the one it knows. Both
// are kept away by the same: what is protected is neither freed nor made anew.
#pragma once

#include <racekit/lock/hazard_pointer.hpp>
#include <racekit/platform.hpp>
#include <racekit/platform/cache_line.hpp>

#include <cstddef>
#include <type_traits>
#include <utility>

namespace racekit {

struct treiber_stack_orders {
    static constexpr auto give = std::memory_order_release;     // -> confirm: the node is whole
    static constexpr auto confirm = std::memory_order_acquire;  // -> give: of what is protected
    // Nothing but read-modify-writes change top_, so they all carry on what `give` published.
    static constexpr auto claim = std::memory_order_relaxed;
    static constexpr auto peek = std::memory_order_relaxed;  // of no use unless it is confirmed
    static constexpr auto own = std::memory_order_relaxed;   // no other thread is there
    // A step that mutation leaves out.
    static constexpr bool recheck = true;  // once protected: it may have been freed before
};

/// T: its move assignment and its destructor must not throw.
template <class T, class orders = treiber_stack_orders>
class treiber_stack {
    static_assert(std::is_object_v<T> && !std::is_const_v<T>, "an element is a movable object");
    static_assert(std::is_move_constructible_v<T>, "an element must be movable");
    static_assert(std::is_nothrow_move_assignable_v<T>,
                  "an element that was taken cannot be put back: its assignment must not throw");
    static_assert(std::is_nothrow_destructible_v<T>, "an element's destructor must not throw");

public:
    using value_type = T;

    /// Popped nodes are freed when `batch` of them wait, and two more for each of the threads that
    /// were ever inside try_pop() at once.
    explicit treiber_stack(std::size_t batch = 64) noexcept : in_use_(batch) {}

    /// Destroys what is left. No thread may still be inside a call.
    ~treiber_stack() {
        for (node* each = top_.load(orders::own); each != nullptr;) {
            node* const below = each->next.read();
            each->element.drop();
            delete each;
            each = below;
        }
    }

    treiber_stack(treiber_stack const&) = delete;
    treiber_stack& operator=(treiber_stack const&) = delete;

    /// If the element's constructor or the allocation throws, nothing was pushed.
    void push(T&& element, site where = site::here()) { add(std::move(element), where); }
    void push(T const& element, site where = site::here())
        requires std::is_copy_constructible_v<T>
    {
        add(element, where);
    }

    /// False if the stack is empty; `into` is then as it was. Throws std::bad_alloc, and has then
    /// taken nothing, when more threads pop at once than ever before and there is no memory.
    [[nodiscard]] bool try_pop(T& into, site where = site::here()) {
        node* const mine = taken(where);
        if (mine == nullptr) return false;
        mine->element.take_into(into, where);
        in_use_.retire(mine);
        return true;
    }

    /// Frees the popped nodes that no thread protects, without waiting for a batch of them.
    void reclaim() { in_use_.reclaim(); }

    /// At one time during the call.
    [[nodiscard]] bool empty() const { return top_.load(orders::peek) == nullptr; }

private:
    struct node : hazard_object {
        plain<node*> next{nullptr};
        slot<T> element;
    };
    struct protection : hazard_orders {
        static constexpr auto confirm = orders::confirm;
        static constexpr bool recheck = orders::recheck;
    };

    /// Destroys a node whose element could not be made.
    struct unused {
        ~unused() { delete one; }
        node* one;
    };

    template <class Value>
    void add(Value&& element, site where) {
        unused made{new node};
        made.one->element.put(std::forward<Value>(element), where);
        node* const mine = std::exchange(made.one, nullptr);
        node* below = top_.load(orders::peek);
        do {
            mine->next.write(below, where);
        } while (!top_.compare_exchange_weak(below, mine, orders::give, orders::peek));
    }

    /// The newest node, unlinked; or none.
    node* taken(site where) {
        if (empty()) return nullptr;
        basic_hazard_pointer<node, protection> guard(in_use_);
        node* top = top_.load(orders::peek);
        for (;;) {
            if (!guard.try_protect(top, top_)) continue;
            if (top == nullptr) return nullptr;
            node* const below = top->next.read(where);
            if (top_.compare_exchange_weak(top, below, orders::claim, orders::peek)) return top;
        }
    }

    alignas(cache_line) atomic<node*> top_{nullptr};
    alignas(cache_line) basic_hazard_domain<protection> in_use_;
};

}  // namespace racekit
