// SPDX-License-Identifier: MIT
// The interface of std::atomic over any cell that can load, store, exchange, compare and modify.
//
// The model and tsan flavours differ only in their cell; a native atomic is std::atomic itself.
#pragma once

#include <racekit/platform/memory_orders.hpp>
#include <racekit/platform/site.hpp>

#include <atomic>
#include <concepts>
#include <cstddef>
#include <type_traits>

namespace racekit {

/// The read-modify-write operations of std::atomic, by what they leave behind.
enum class modification { exchange, add, subtract, bit_and, bit_or, bit_xor };

/// What `change` makes of `old` and `operand`; arithmetic wraps as atomics do.
template <class T, class Operand>
[[nodiscard]] constexpr T modified(modification change, T old, Operand operand) noexcept {
    if constexpr (std::is_pointer_v<T>) {
        return change == modification::add ? old + operand : old - operand;
    } else if constexpr (std::is_integral_v<T> && !std::is_same_v<T, bool>) {
        using bits = std::make_unsigned_t<T>;
        auto const left = static_cast<bits>(old);
        auto const right = static_cast<bits>(operand);
        switch (change) {
            case modification::add: return static_cast<T>(static_cast<bits>(left + right));
            case modification::subtract: return static_cast<T>(static_cast<bits>(left - right));
            case modification::bit_and: return static_cast<T>(left & right);
            case modification::bit_or: return static_cast<T>(left | right);
            case modification::bit_xor: return static_cast<T>(left ^ right);
            default: return operand;
        }
    } else if constexpr (std::is_floating_point_v<T>) {
        return change == modification::add ? old + operand : old - operand;
    } else {
        return operand;
    }
}

/// The order a failed compare-exchange has when only one order was given
/// ([atomics.types.operations]).
[[nodiscard]] constexpr std::memory_order failure_order(std::memory_order success) noexcept {
    if (success == std::memory_order_acq_rel) return std::memory_order_acquire;
    if (success == std::memory_order_release) return std::memory_order_relaxed;
    return success;
}

/// `Cell` has: value_type, is_always_lock_free, load, store, exchange, compare_exchange,
/// modify, wait, notify(count).
template <class Cell>
class atomic_interface {
    using contained = typename Cell::value_type;
    static constexpr bool bitwise =
        std::is_integral_v<contained> && !std::is_same_v<contained, bool>;
    static constexpr bool additive = bitwise || std::is_floating_point_v<contained> ||
                                     std::is_pointer_v<contained>;
    using step = std::conditional_t<std::is_pointer_v<contained>, std::ptrdiff_t, contained>;

public:
    using value_type = contained;
    using difference_type = step;
    static constexpr bool is_always_lock_free = Cell::is_always_lock_free;

    constexpr atomic_interface() noexcept(noexcept(Cell(value_type()))) : cell_(value_type()) {}
    constexpr atomic_interface(value_type value) noexcept(noexcept(Cell(value))) : cell_(value) {}
    atomic_interface(atomic_interface const&) = delete;
    atomic_interface& operator=(atomic_interface const&) = delete;

    [[nodiscard]] bool is_lock_free() const noexcept { return is_always_lock_free; }

    value_type load(std::memory_order order = std::memory_order_seq_cst,
                    site where = site::here()) const RACEKIT_LOADS_WITH(order) {
        require_load_order("load", order, where);
        return cell_.load(order, where);
    }
    void store(value_type value, std::memory_order order = std::memory_order_seq_cst,
               site where = site::here()) RACEKIT_STORES_WITH(order) {
        require_store_order("store", order, where);
        cell_.store(value, order, where);
    }
    value_type exchange(value_type value, std::memory_order order = std::memory_order_seq_cst,
                        site where = site::here()) {
        return cell_.exchange(value, order, where);
    }

    bool compare_exchange_weak(value_type& expected, value_type desired, std::memory_order success,
                               std::memory_order failure, site where = site::here())
        RACEKIT_LOADS_WITH(failure) {
        require_load_order("failing compare_exchange_weak", failure, where);
        return cell_.compare_exchange(expected, desired, success, failure, true, where);
    }
    bool compare_exchange_weak(value_type& expected, value_type desired,
                               std::memory_order order = std::memory_order_seq_cst,
                               site where = site::here()) {
        return cell_.compare_exchange(expected, desired, order, failure_order(order), true, where);
    }
    bool compare_exchange_strong(value_type& expected, value_type desired,
                                 std::memory_order success, std::memory_order failure,
                                 site where = site::here()) RACEKIT_LOADS_WITH(failure) {
        require_load_order("failing compare_exchange_strong", failure, where);
        return cell_.compare_exchange(expected, desired, success, failure, false, where);
    }
    bool compare_exchange_strong(value_type& expected, value_type desired,
                                 std::memory_order order = std::memory_order_seq_cst,
                                 site where = site::here()) {
        return cell_.compare_exchange(expected, desired, order, failure_order(order), false, where);
    }

    value_type fetch_add(auto operand, std::memory_order order = std::memory_order_seq_cst,
                         site where = site::here())
        requires additive
    {
        return cell_.modify(modification::add, static_cast<step>(operand), order, where);
    }
    value_type fetch_sub(auto operand, std::memory_order order = std::memory_order_seq_cst,
                         site where = site::here())
        requires additive
    {
        return cell_.modify(modification::subtract, static_cast<step>(operand), order, where);
    }
    value_type fetch_and(value_type operand, std::memory_order order = std::memory_order_seq_cst,
                         site where = site::here())
        requires bitwise
    {
        return cell_.modify(modification::bit_and, operand, order, where);
    }
    value_type fetch_or(value_type operand, std::memory_order order = std::memory_order_seq_cst,
                        site where = site::here())
        requires bitwise
    {
        return cell_.modify(modification::bit_or, operand, order, where);
    }
    value_type fetch_xor(value_type operand, std::memory_order order = std::memory_order_seq_cst,
                         site where = site::here())
        requires bitwise
    {
        return cell_.modify(modification::bit_xor, operand, order, where);
    }

    /// Blocks until the value differs from `old` ([atomics.wait]).
    void wait(value_type old, std::memory_order order = std::memory_order_seq_cst,
              site where = site::here()) const RACEKIT_LOADS_WITH(order) {
        require_load_order("wait", order, where);
        cell_.wait(old, order, where);
    }
    void notify_one(site where = site::here()) { cell_.notify(false, where); }
    void notify_all(site where = site::here()) { cell_.notify(true, where); }

    value_type operator=(value_type value) {
        store(value, std::memory_order_seq_cst, site::in_operator());
        return value;
    }
    operator value_type() const { return load(std::memory_order_seq_cst, site::in_operator()); }

    value_type operator++(int) requires additive { return add(1); }
    value_type operator--(int) requires additive { return subtract(1); }
    value_type operator++() requires additive {
        return modified(modification::add, add(1), step(1));
    }
    value_type operator--() requires additive {
        return modified(modification::subtract, subtract(1), step(1));
    }
    value_type operator+=(auto operand) requires additive {
        return modified(modification::add, add(operand), static_cast<step>(operand));
    }
    value_type operator-=(auto operand) requires additive {
        return modified(modification::subtract, subtract(operand), static_cast<step>(operand));
    }
    value_type operator&=(value_type operand) requires bitwise {
        return fetch_and(operand, std::memory_order_seq_cst, site::in_operator()) & operand;
    }
    value_type operator|=(value_type operand) requires bitwise {
        return fetch_or(operand, std::memory_order_seq_cst, site::in_operator()) | operand;
    }
    value_type operator^=(value_type operand) requires bitwise {
        return fetch_xor(operand, std::memory_order_seq_cst, site::in_operator()) ^ operand;
    }

protected:
    [[nodiscard]] Cell const& cell() const noexcept { return cell_; }

private:
    value_type add(auto operand) {
        return fetch_add(operand, std::memory_order_seq_cst, site::in_operator());
    }
    value_type subtract(auto operand) {
        return fetch_sub(operand, std::memory_order_seq_cst, site::in_operator());
    }

    Cell cell_;
};

/// The interface of std::atomic_flag over an `atomic<bool>`-like `Atomic`.
template <class Atomic>
class atomic_flag_interface {
public:
    constexpr atomic_flag_interface() = default;
    /// For ATOMIC_FLAG_INIT.
    constexpr atomic_flag_interface(bool set) : value_(set) {}

    void clear(std::memory_order order = std::memory_order_seq_cst, site where = site::here())
        RACEKIT_STORES_WITH(order) {
        value_.store(false, order, where);
    }
    bool test_and_set(std::memory_order order = std::memory_order_seq_cst,
                      site where = site::here()) {
        return value_.exchange(true, order, where);
    }
    [[nodiscard]] bool test(std::memory_order order = std::memory_order_seq_cst,
                            site where = site::here()) const RACEKIT_LOADS_WITH(order) {
        return value_.load(order, where);
    }
    void wait(bool old, std::memory_order order = std::memory_order_seq_cst,
              site where = site::here()) const RACEKIT_LOADS_WITH(order) {
        value_.wait(old, order, where);
    }
    void notify_one(site where = site::here()) { value_.notify_one(where); }
    void notify_all(site where = site::here()) { value_.notify_all(where); }

private:
    Atomic value_{false};
};

}  // namespace racekit
