// SPDX-License-Identifier: MIT
// Spinning, without turning round: a waiter parks until somebody writes what it reads.
#pragma once

#include <racekit/platform/model/atomic.hpp>
#include <racekit/platform/model/clock.hpp>
#include <racekit/platform/patience.hpp>

namespace racekit {

/// Time does not pass in the model: a pause is nothing.
inline void cpu_relax() {}
inline void spin_hint(site where = site::here()) { model::spin(where); }

template <class T, class Predicate>
T await(atomic<T> const& from, Predicate done, std::memory_order order = std::memory_order_acquire,
        site where = site::here()) {
    for (;;) {
        T const value = from.load(order, where);
        if (done(value)) return value;
        model::await_change(from.object(), from.object_address(), where);
    }
}

/// In the model patience ends at once: how long one spins before sleeping changes no outcome.
template <class T, class Predicate>
[[nodiscard]] bool await_briefly(atomic<T> const& from, Predicate done, T& value,
                                 std::memory_order order = std::memory_order_acquire,
                                 patience = {}, site where = site::here()) {
    value = from.load(order, where);
    return done(value);
}

/// In the model the deadline may pass at any time.
template <class T, class Predicate>
[[nodiscard]] bool await_until(atomic<T> const& from, Predicate done, deadline limit, T& value,
                               std::memory_order order = std::memory_order_acquire,
                               site where = site::here()) {
    for (;;) {
        value = from.load(order, where);
        if (done(value)) return true;
        if (limit != never && model::choose(2, where) == 1) return false;
        model::await_change(from.object(), from.object_address(), where);
    }
}

}  // namespace racekit
