// SPDX-License-Identifier: MIT
// atomic of checked builds: a std::atomic whose operations refuse memory orders that C++ forbids.
#pragma once

#include <racekit/platform/memory_orders.hpp>
#include <racekit/platform/site.hpp>

#include <atomic>

namespace racekit {

/// The operations that take an order which can be wrong; all others are std's.
template <class T>
class atomic : public std::atomic<T> {
    using base = std::atomic<T>;
    using order = std::memory_order;
    static constexpr order strongest = std::memory_order_seq_cst;

public:
    using base::base;
    using base::operator=;
    constexpr atomic() = default;
    atomic(atomic const&) = delete;
    atomic& operator=(atomic const&) = delete;

    T load(order with = strongest, site where = site::here()) const RACEKIT_LOADS_WITH(with) {
        require_load_order("load", with, where);
        return base::load(with);
    }
    void store(T value, order with = strongest, site where = site::here())
        RACEKIT_STORES_WITH(with) {
        require_store_order("store", with, where);
        base::store(value, with);
    }
    bool compare_exchange_weak(T& expected, T desired, order success, order failure,
                               site where = site::here()) RACEKIT_LOADS_WITH(failure) {
        require_load_order("failing compare_exchange_weak", failure, where);
        return base::compare_exchange_weak(expected, desired, success, failure);
    }
    bool compare_exchange_weak(T& expected, T desired, order both = strongest) {
        return base::compare_exchange_weak(expected, desired, both);
    }
    bool compare_exchange_strong(T& expected, T desired, order success, order failure,
                                 site where = site::here()) RACEKIT_LOADS_WITH(failure) {
        require_load_order("failing compare_exchange_strong", failure, where);
        return base::compare_exchange_strong(expected, desired, success, failure);
    }
    bool compare_exchange_strong(T& expected, T desired, order both = strongest) {
        return base::compare_exchange_strong(expected, desired, both);
    }
    void wait(T old, order with = strongest, site where = site::here()) const
        RACEKIT_LOADS_WITH(with) {
        require_load_order("wait", with, where);
        base::wait(old, with);
    }
};

}  // namespace racekit
