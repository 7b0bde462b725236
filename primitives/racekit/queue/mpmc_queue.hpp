// SPDX-License-Identifier: MIT
// A bounded first-in first-out queue for any number of producers and consumers, none of which ever
// sleeps.
//
// Progress: no call waits for room or for an element; but a thread that needs the cell that another
//           has claimed and not yet filled or emptied is blocked by it (see ticket_ring).
// Invariant: as ticket_ring, never closed.
// Ordering: everything before a try_push() happens before the return of the try_pop() that takes
//           its element. "Full" and "empty" are true at one time during the call.
// Source: Dmitry Vyukov, "Bounded MPMC queue", 2010.
#pragma once

#include <racekit/queue/ticket_ring.hpp>

#include <cstddef>
#include <type_traits>
#include <utility>

namespace racekit {

/// T: its move and its destructor must not throw. The capacity is any number from 1.
template <class T, class orders = ticket_ring_orders>
class mpmc_queue {
public:
    using value_type = T;

    /// Throws std::invalid_argument when `capacity` is 0 or cannot be represented.
    explicit mpmc_queue(std::size_t capacity) : ring_(capacity) {}

    /// False if the queue is full; `element` is then as it was.
    [[nodiscard, gnu::always_inline]] bool try_push(T&& element, site where = site::here()) {
        return ring_.put(std::move(element), where) == ring_result::done;
    }
    /// As above; if the copy throws, nothing was pushed.
    [[nodiscard, gnu::always_inline]] bool try_push(T const& element, site where = site::here())
        requires std::is_copy_constructible_v<T>
    {
        if constexpr (std::is_nothrow_copy_constructible_v<T>) {
            return ring_.put(element, where) == ring_result::done;
        } else {
            return try_push(T(element), where);
        }
    }

    /// False if the queue is empty; `into` is then as it was.
    [[nodiscard, gnu::always_inline]] bool try_pop(T& into, site where = site::here()) {
        return ring_.get(into, where) == ring_result::done;
    }

    [[nodiscard]] std::size_t capacity() const noexcept { return ring_.capacity(); }

    /// How many elements there were at one time during the call.
    [[nodiscard]] std::size_t size() const { return ring_.size(); }
    [[nodiscard]] bool empty() const { return size() == 0; }

private:
    ticket_ring<T, orders> ring_;
};

}  // namespace racekit
