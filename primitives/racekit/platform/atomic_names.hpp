// SPDX-License-Identifier: MIT
// The names std has for atomics beside the class itself: atomic_int and its like, and functions.
//
// For the flavours whose atomic is not std's; natively they are std's own.
#pragma once

#include <racekit/platform/atomic_interface.hpp>

#include <cstddef>
#include <cstdint>

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

using atomic_bool = atomic<bool>;
using atomic_char = atomic<char>;
using atomic_schar = atomic<signed char>;
using atomic_uchar = atomic<unsigned char>;
using atomic_short = atomic<short>;
using atomic_ushort = atomic<unsigned short>;
using atomic_int = atomic<int>;
using atomic_uint = atomic<unsigned int>;
using atomic_long = atomic<long>;
using atomic_ulong = atomic<unsigned long>;
using atomic_llong = atomic<long long>;
using atomic_ullong = atomic<unsigned long long>;
using atomic_wchar_t = atomic<wchar_t>;
using atomic_char8_t = atomic<char8_t>;
using atomic_char16_t = atomic<char16_t>;
using atomic_char32_t = atomic<char32_t>;
using atomic_int8_t = atomic<std::int8_t>;
using atomic_uint8_t = atomic<std::uint8_t>;
using atomic_int16_t = atomic<std::int16_t>;
using atomic_uint16_t = atomic<std::uint16_t>;
using atomic_int32_t = atomic<std::int32_t>;
using atomic_uint32_t = atomic<std::uint32_t>;
using atomic_int64_t = atomic<std::int64_t>;
using atomic_uint64_t = atomic<std::uint64_t>;
using atomic_intptr_t = atomic<std::intptr_t>;
using atomic_uintptr_t = atomic<std::uintptr_t>;
using atomic_size_t = atomic<std::size_t>;
using atomic_ptrdiff_t = atomic<std::ptrdiff_t>;
using atomic_intmax_t = atomic<std::intmax_t>;
using atomic_uintmax_t = atomic<std::uintmax_t>;

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

/// Orders a thread and its own signal handlers: nothing that another thread sees.
inline void atomic_signal_fence(std::memory_order order) { std::atomic_signal_fence(order); }

}  // namespace racekit

#undef RACEKIT_ATOMIC_FUNCTION
