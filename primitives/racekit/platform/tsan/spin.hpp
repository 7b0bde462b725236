// SPDX-License-Identifier: MIT
// Waiting for a value to change: spinning, or under a controlled schedule asleep until it is
// written.
#pragma once

#include <racekit/platform/native/clock.hpp>
#include <racekit/platform/backoff.hpp>
#include <racekit/platform/tsan/atomic.hpp>

#include <algorithm>
#include <sched.h>

namespace racekit {

/// Under a controlled schedule a spinning thread holds the turn that the others need.
inline void cpu_relax(site where = site::here()) {
    if (tsan::schedule* const by = tsan::mine(); by != nullptr) {
        by->spin(where);
        return;
    }
#if defined(__x86_64__) || defined(__i386__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    __asm__ volatile("yield");
#endif
}

inline void spin_hint(site where = site::here()) {
    if (tsan::schedule* const by = tsan::mine(); by != nullptr) {
        by->spin(where);
    } else {
        ::sched_yield();
    }
}

template <class T, class Predicate>
T await(atomic<T> const& from, Predicate done, std::memory_order order = std::memory_order_acquire,
        site where = site::here()) {
    for (;;) {
        T const value = from.load(order, where);
        if (done(value)) return value;
        if (tsan::schedule* const by = tsan::mine(); by != nullptr) {
            (void)by->wait(tsan::until::changed, from.object_address(), never, where);
        } else {
            ::sched_yield();
        }
    }
}

template <class T, class Predicate>
[[nodiscard]] bool await_briefly(atomic<T> const& from, Predicate done, T& value,
                                 std::memory_order order = std::memory_order_acquire,
                                 backoff spending = {}, site where = site::here()) {
    // Under a controlled schedule how long one spins before sleeping changes no outcome.
    int const turns =
        tsan::mine() != nullptr ? 1 : std::clamp(spending.pauses + spending.yields, 1, 40);
    for (int turn = 0; turn < turns; ++turn) {
        value = from.load(order, where);
        if (done(value)) return true;
        if (turns > 1) ::sched_yield();
    }
    return false;
}

template <class T, class Predicate>
[[nodiscard]] bool await_until(atomic<T> const& from, Predicate done, deadline limit, T& value,
                               std::memory_order order = std::memory_order_acquire,
                               site where = site::here()) {
    for (;;) {
        value = from.load(order, where);
        if (done(value)) return true;
        if (tsan::schedule* const by = tsan::mine(); by != nullptr) {
            if (!by->wait(tsan::until::changed, from.object_address(), limit, where)) return false;
        } else {
            if (clock::now() >= limit) return false;
            ::sched_yield();
        }
    }
}

}  // namespace racekit
