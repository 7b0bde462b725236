// SPDX-License-Identifier: MIT
// Memory orders that C++ forbids: a load that releases, a store that acquires, a compare-exchange
// whose failure releases ([atomics.order], [atomics.types.operations]).
//
// clang reports a constant order where the operation is called, at compile time. Any other order,
// and under g++ every order, is checked when the operation runs.
#pragma once

#include <racekit/platform/site.hpp>

#include <atomic>
#include <stdexcept>
#include <string>

namespace racekit {

[[nodiscard]] constexpr bool may_load(std::memory_order order) noexcept {
    return order != std::memory_order_release && order != std::memory_order_acq_rel;
}
[[nodiscard]] constexpr bool may_store(std::memory_order order) noexcept {
    return order == std::memory_order_relaxed || order == std::memory_order_release ||
           order == std::memory_order_seq_cst;
}

[[nodiscard]] constexpr char const* name(std::memory_order order) noexcept {
    switch (order) {
        case std::memory_order_relaxed: return "memory_order_relaxed";
        case std::memory_order_consume: return "memory_order_consume";
        case std::memory_order_acquire: return "memory_order_acquire";
        case std::memory_order_release: return "memory_order_release";
        case std::memory_order_acq_rel: return "memory_order_acq_rel";
        default: return "memory_order_seq_cst";
    }
}

/// An operation on an atomic was given an order that it cannot have. Nothing has changed.
struct invalid_memory_order : std::logic_error {
    invalid_memory_order(char const* operation, std::memory_order order, char const* allowed,
                         site where)
        : std::logic_error(std::string(operation) + " with " + racekit::name(order) + ", at " +
                           where.file + ":" + std::to_string(where.line) + ": use " + allowed) {}
};

#if defined(__clang__)
#define RACEKIT_LOADS_WITH(order)                                                       \
    __attribute__((diagnose_if(!racekit::may_load(order),                               \
                               "a load, or a compare-exchange that fails, cannot release: use " \
                               "relaxed, acquire or seq_cst",                           \
                               "error")))
#define RACEKIT_STORES_WITH(order)                                                      \
    __attribute__((diagnose_if(!racekit::may_store(order),                              \
                               "a store cannot acquire: use relaxed, release or seq_cst", \
                               "error")))
#else
#define RACEKIT_LOADS_WITH(order)
#define RACEKIT_STORES_WITH(order)
#endif

[[noreturn, gnu::cold, gnu::noinline]] inline void refuse_order(char const* operation,
                                                                std::memory_order order,
                                                                char const* allowed, site where) {
    throw invalid_memory_order(operation, order, allowed, where);
}

/// `operation`: load, wait, or compare_exchange that fails.
[[gnu::always_inline]] inline void require_load_order(char const* operation,
                                                      std::memory_order order, site where) {
    if (!may_load(order)) [[unlikely]]
        refuse_order(operation, order, "relaxed, acquire or seq_cst", where);
}
[[gnu::always_inline]] inline void require_store_order(char const* operation,
                                                       std::memory_order order, site where) {
    if (!may_store(order)) [[unlikely]]
        refuse_order(operation, order, "relaxed, release or seq_cst", where);
}

}  // namespace racekit
