// SPDX-License-Identifier: MIT
// shared_value: one value that processes share.
//
// Progress: up to 8 bytes wait-free, but for update(), which is lock-free. Larger: see
// copied_value. Invariant: what a reader gets is a value that some process has set, whole.
// Ordering: everything before a change happens before the return of what reads its value.
// Death:    at whatever instruction, the value is the one before or the one after.
// Errors:   none up to 8 bytes; larger: as copied_value.
// Source:   std::atomic; copied_value.
#pragma once

#include <racekit/platform.hpp>
#include <racekit/shared/copied_value.hpp>
#include <racekit/shared/shared_atomic.hpp>

#include <type_traits>

namespace racekit {

struct atomic_value_orders {
    static constexpr auto read = std::memory_order_acquire;    // -> write, change
    static constexpr auto write = std::memory_order_release;   // -> read, change
    static constexpr auto change = std::memory_order_acq_rel;  // -> read, change; <- write, change
};

/// A value of up to 8 bytes, in one atomic. `v += 1` is one step, and so is every member.
template <address_free T, class orders = atomic_value_orders>
class atomic_value {
    static constexpr bool counts = std::is_arithmetic_v<T> && !std::is_same_v<T, bool>;
    static constexpr bool has_bits = std::is_integral_v<T> && !std::is_same_v<T, bool>;

public:
    using value_type = T;

    explicit atomic_value(T value = T()) : value_(value) {}
    atomic_value(atomic_value const&) = delete;
    atomic_value& operator=(atomic_value const&) = delete;

    [[nodiscard]] T get() const { return value_.load(orders::read); }
    void set(T value) { value_.store(value, orders::write); }
    /// Replaces the value; returns the one before.
    T exchange(T value) { return value_.exchange(value, orders::change); }
    /// Replaces the value if it is `expected`; else stores it there. Returns whether it did.
    [[nodiscard]] bool compare_exchange(T& expected, T desired) {
        return value_.compare_exchange_strong(expected, desired, orders::change, orders::read);
    }
    /// Each returns the value before; integers wrap around.
    T fetch_add(T by)
        requires counts
    {
        return value_.fetch_add(by, orders::change);
    }
    T fetch_sub(T by)
        requires counts
    {
        return value_.fetch_sub(by, orders::change);
    }
    T fetch_and(T with)
        requires has_bits
    {
        return value_.fetch_and(with, orders::change);
    }
    T fetch_or(T with)
        requires has_bits
    {
        return value_.fetch_or(with, orders::change);
    }
    T fetch_xor(T with)
        requires has_bits
    {
        return value_.fetch_xor(with, orders::change);
    }
    T operator+=(T by)
        requires counts
    {
        return static_cast<T>(fetch_add(by) + by);
    }
    T operator-=(T by)
        requires counts
    {
        return static_cast<T>(fetch_sub(by) - by);
    }

    /// Lets `change(T&)` change the value, and returns the new one. Called again with a newer value
    /// if another process comes between, so it must do nothing else.
    template <class Change>
    T update(Change change) {
        T before = value_.load(orders::read);
        for (;;) {
            T value = before;
            change(value);
            if (value_.compare_exchange_weak(before, value, orders::change, orders::read))
                return value;
        }
    }

private:
    atomic<T> value_;
};

namespace shared_value_detail {

template <class T>
struct chosen {
    using type = copied_value<T>;
};
template <address_free T>
struct chosen<T> {
    using type = atomic_value<T>;
};

}  // namespace shared_value_detail

/// Place it in shared memory before the processes that use it start. T: trivially copyable, without
/// pointers. get(), set(), update(change); up to 8 bytes also exchange, compare_exchange, fetch_add
/// and so on; larger, get_lock().
template <class T>
using shared_value = typename shared_value_detail::chosen<T>::type;

}  // namespace racekit
