// SPDX-License-Identifier: MIT
// The functions that std has for atomics.
//
// For the flavours whose atomic is not std's; natively they are std's own.
#pragma once

#include <racekit/platform/atomic_interface.hpp>
#include <racekit/platform/atomic_types.hpp>

#include <cstddef>

#define RACEKIT_ATOMIC_FUNCTION(name)                                                             \
    template <class T>                                                                            \
    T atomic_fetch_##name(atomic<T>* on, typename atomic<T>::difference_type operand,             \
                          site where = site::here()) {                                            \
        return on->fetch_##name(operand, std::memory_order_seq_cst, where);                       \
    }                                                                                             \
    template <class T>                                                                            \
    T atomic_fetch_##name##_explicit(atomic<T>* on,                                               \
                                     typename atomic<T>::difference_type operand,                 \
                                     std::memory_order order, site where = site::here()) {        \
        return on->fetch_##name(operand, order, where);                                           \
    }

namespace racekit {

template <class T>
T atomic_load(atomic<T> const* on, site where = site::here()) {
    return on->load(std::memory_order_seq_cst, where);
}
template <class T>
T atomic_load_explicit(atomic<T> const* on, std::memory_order order, site where = site::here()) {
    return on->load(order, where);
}
template <class T>
void atomic_store(atomic<T>* on, std::type_identity_t<T> value, site where = site::here()) {
    on->store(value, std::memory_order_seq_cst, where);
}
template <class T>
void atomic_store_explicit(atomic<T>* on, std::type_identity_t<T> value, std::memory_order order,
                           site where = site::here()) {
    on->store(value, order, where);
}
template <class T>
T atomic_exchange(atomic<T>* on, std::type_identity_t<T> value, site where = site::here()) {
    return on->exchange(value, std::memory_order_seq_cst, where);
}
template <class T>
T atomic_exchange_explicit(atomic<T>* on, std::type_identity_t<T> value, std::memory_order order,
                           site where = site::here()) {
    return on->exchange(value, order, where);
}
template <class T>
bool atomic_compare_exchange_weak(atomic<T>* on, std::type_identity_t<T>* expected,
                                  std::type_identity_t<T> desired, site where = site::here()) {
    return on->compare_exchange_weak(*expected, desired, std::memory_order_seq_cst, where);
}
template <class T>
bool atomic_compare_exchange_weak_explicit(atomic<T>* on, std::type_identity_t<T>* expected,
                                           std::type_identity_t<T> desired,
                                           std::memory_order success, std::memory_order failure,
                                           site where = site::here()) {
    return on->compare_exchange_weak(*expected, desired, success, failure, where);
}
template <class T>
bool atomic_compare_exchange_strong(atomic<T>* on, std::type_identity_t<T>* expected,
                                    std::type_identity_t<T> desired, site where = site::here()) {
    return on->compare_exchange_strong(*expected, desired, std::memory_order_seq_cst, where);
}
template <class T>
bool atomic_compare_exchange_strong_explicit(atomic<T>* on, std::type_identity_t<T>* expected,
                                             std::type_identity_t<T> desired,
                                             std::memory_order success, std::memory_order failure,
                                             site where = site::here()) {
    return on->compare_exchange_strong(*expected, desired, success, failure, where);
}
RACEKIT_ATOMIC_FUNCTION(add)
RACEKIT_ATOMIC_FUNCTION(sub)
RACEKIT_ATOMIC_FUNCTION(and)
RACEKIT_ATOMIC_FUNCTION(or)
RACEKIT_ATOMIC_FUNCTION(xor)
template <class T>
void atomic_wait_explicit(atomic<T> const* on, std::type_identity_t<T> old, std::memory_order order,
                          site where = site::here()) {
    on->wait(old, order, where);
}
template <class T>
void atomic_wait(atomic<T> const* on, std::type_identity_t<T> old, site where = site::here()) {
    on->wait(old, std::memory_order_seq_cst, where);
}
template <class T>
void atomic_notify_one(atomic<T>* on, site where = site::here()) {
    on->notify_one(where);
}
template <class T>
void atomic_notify_all(atomic<T>* on, site where = site::here()) {
    on->notify_all(where);
}

template <class T>
[[nodiscard]] bool atomic_is_lock_free(atomic<T> const* on) noexcept {
    return on->is_lock_free();
}

inline bool atomic_flag_test_and_set(atomic_flag* on, site where = site::here()) {
    return on->test_and_set(std::memory_order_seq_cst, where);
}
inline bool atomic_flag_test_and_set_explicit(atomic_flag* on, std::memory_order order,
                                              site where = site::here()) {
    return on->test_and_set(order, where);
}
[[nodiscard]] inline bool atomic_flag_test(atomic_flag const* on, site where = site::here()) {
    return on->test(std::memory_order_seq_cst, where);
}
[[nodiscard]] inline bool atomic_flag_test_explicit(atomic_flag const* on, std::memory_order order,
                                                    site where = site::here()) {
    return on->test(order, where);
}
inline void atomic_flag_clear(atomic_flag* on, site where = site::here()) {
    on->clear(std::memory_order_seq_cst, where);
}
inline void atomic_flag_clear_explicit(atomic_flag* on, std::memory_order order,
                                       site where = site::here()) {
    on->clear(order, where);
}
inline void atomic_flag_wait(atomic_flag const* on, bool old, site where = site::here()) {
    on->wait(old, std::memory_order_seq_cst, where);
}
inline void atomic_flag_wait_explicit(atomic_flag const* on, bool old, std::memory_order order,
                                      site where = site::here()) {
    on->wait(old, order, where);
}
inline void atomic_flag_notify_one(atomic_flag* on, site where = site::here()) {
    on->notify_one(where);
}
inline void atomic_flag_notify_all(atomic_flag* on, site where = site::here()) {
    on->notify_all(where);
}

using std::kill_dependency;

/// Orders a thread and its own signal handlers: nothing that another thread sees.
inline void atomic_signal_fence(std::memory_order order) { std::atomic_signal_fence(order); }

}  // namespace racekit

#undef RACEKIT_ATOMIC_FUNCTION
