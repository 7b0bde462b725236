// SPDX-License-Identifier: MIT
// Waiting for a value to change without sleeping in the kernel.
#pragma once

#include <racekit/platform/native/atomic.hpp>
#include <racekit/platform/native/clock.hpp>
#include <racekit/platform/backoff.hpp>

#include <sched.h>

namespace racekit {

/// Tells the processor that this is a spin loop. Never yields to the scheduler.
[[gnu::always_inline]] inline void cpu_relax() noexcept {
#if defined(__x86_64__) || defined(__i386__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    __asm__ volatile("yield");
#endif
}

/// One turn of a loop that waits for another thread. Gives the processor away, so that the loop
/// makes progress when there are more threads than cores.
inline void spin_hint() noexcept { ::sched_yield(); }

/// Loads `from` with `order` until `done(value)` holds, and returns that value.
/// Spins for about a microsecond, then yields between loads.
template <class T, class Predicate>
T await(atomic<T> const& from, Predicate done,
        std::memory_order order = std::memory_order_acquire) {
    for (int turn = 0;; ++turn) {
        T const value = from.load(order);
        if (done(value)) return value;
        if (turn < 40) {
            cpu_relax();
        } else {
            ::sched_yield();
        }
    }
}

/// As await, but gives up after about as long as a sleeper takes to be woken (some 20 us): what to
/// do before sleeping. Returns whether the predicate held; the last value read is left in `value`.
template <class T, class Predicate>
[[nodiscard]] bool await_briefly(atomic<T> const& from, Predicate done, T& value,
                                 std::memory_order order = std::memory_order_acquire,
                                 backoff spending = {}) {
    for (int pause = 1;;) {
        value = from.load(order);
        if (done(value)) return true;
        if (spending.pauses > 0) {
            spending.pauses -= pause;
            for (int each = 0; each < pause; ++each) cpu_relax();
            if (pause < spending.longest) pause *= 2;
        } else if (spending.yields-- > 0) {
            ::sched_yield();
        } else {
            return false;
        }
    }
}

/// As await, but gives up at `limit`. Returns whether the predicate held; the last value read is
/// left in `value`.
template <class T, class Predicate>
[[nodiscard]] bool await_until(atomic<T> const& from, Predicate done, deadline limit, T& value,
                               std::memory_order order = std::memory_order_acquire) {
    for (int turn = 0;; ++turn) {
        value = from.load(order);
        if (done(value)) return true;
        if (turn < 40) {
            cpu_relax();
        } else {
            if (clock::now() >= limit) return false;
            ::sched_yield();
        }
    }
}

}  // namespace racekit
