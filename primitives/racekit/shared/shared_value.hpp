// SPDX-License-Identifier: MIT
// shared_value: a value of any size in shared memory, with the lock that belongs to it.
//
// Progress: blocking.
// Invariant: slots_[current_] is a whole value at every instant. A new one is written into the
//           other slot and takes effect by one store, so a process that dies in the middle leaves
//           the value before, and there is nothing to repair.
// Ordering: set() happens before the get() that returns its value; what get_lock() holds is ordered
//           by the lock.
#pragma once

#include <racekit/lock/robust_mutex.hpp>
#include <racekit/platform.hpp>

#include <cstdint>
#include <type_traits>

namespace racekit {

// The lock orders one owner after the other. Of an owner that dies the language knows nothing: its
// stores reach the next one in the order that the compiler left them in, and these two are what
// holds that order.
struct shared_value_orders {
    static constexpr auto commit = std::memory_order_release;  // -> find: whole, even if we die now
    static constexpr auto find = std::memory_order_acquire;    // -> commit: the value it published
    // A step that mutation leaves out.
    static constexpr bool beside = true;  // the new value is written beside the one that counts
};

/// Place it in shared memory before the processes that use it start. T holds no pointers. `Mutex`
/// passes on to the next when its owner dies.
template <class T, class orders = shared_value_orders, class Mutex = robust_mutex>
class shared_value {
    static_assert(std::is_trivially_copyable_v<T>, "bytes are all that another process sees");

public:
    /// Throws std::system_error.
    explicit shared_value(T value = T()) : slots_{plain<T>(value), plain<T>()} {}
    shared_value(shared_value const&) = delete;
    shared_value& operator=(shared_value const&) = delete;

    /// The lock held, and the value with it: what is done between get() and set() of one of these,
    /// no other process comes into.
    class [[nodiscard]] held {
    public:
        [[nodiscard]] T get(site where = site::here()) const {
            return value_.slots_[value_.current_.load(orders::find)].read(where);
        }
        void set(T value, site where = site::here()) {
            std::uint32_t const current = value_.current_.load(orders::find);
            std::uint32_t const other = orders::beside ? 1 - current : current;
            value_.slots_[other].write(value, where);
            value_.current_.store(other, orders::commit);
        }

    private:
        friend class shared_value;
        explicit held(shared_value& value, site where)
            : value_(value), lock_(value.lock_, [] {}, where) {}
        shared_value& value_;
        robust_lock<Mutex> lock_;
    };

    /// Takes the lock for the life of what it returns.
    [[nodiscard]] held get_lock(site where = site::here()) { return held(*this, where); }

    /// Each takes the lock: get() and then set() are two steps that others come between.
    [[nodiscard]] T get(site where = site::here()) { return get_lock(where).get(where); }
    void set(T value, site where = site::here()) { get_lock(where).set(value, where); }

private:
    Mutex lock_;
    atomic<std::uint32_t> current_{0};
    plain<T> slots_[2];
};

}  // namespace racekit
