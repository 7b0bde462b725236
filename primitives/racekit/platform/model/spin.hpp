// SPDX-License-Identifier: MIT
// Spin loops without iterations: a waiter sleeps until another thread writes what it reads.
#pragma once

#include <racekit/platform/model/atomic.hpp>
#include <racekit/platform/model/clock.hpp>
#include <racekit/platform/backoff.hpp>

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

/// In the model backoff ends at once: how long a thread spins before it sleeps changes no outcome.
template <class T, class Predicate>
[[nodiscard]] bool await_briefly(atomic<T> const& from, Predicate done, T& value,
                                 std::memory_order order = std::memory_order_acquire,
                                 backoff = {}, site where = site::here()) {
    value = from.load(order, where);
    return done(value);
}

/// In the model the deadline may pass at any time, and passes if no thread makes a change.
template <class T, class Predicate>
[[nodiscard]] bool await_until(atomic<T> const& from, Predicate done, deadline limit, T& value,
                               std::memory_order order = std::memory_order_acquire,
                               site where = site::here()) {
    for (;;) {
        value = from.load(order, where);
        if (done(value)) return true;
        if (!model::await_change_until(from.object(), from.object_address(), limit, where))
            return false;
    }
}

}  // namespace racekit
