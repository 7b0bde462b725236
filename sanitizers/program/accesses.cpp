// SPDX-License-Identifier: MIT
// The functions that -fsanitize=thread calls, of clang and of g++, without ThreadSanitizer: each is
// a point for noise, and an atomic operation is then carried out with the order that it has.
#include "noise.hpp"

#include <cstddef>
#include <cstdint>
#include <cstring>

using racekit::program::point;

namespace {

using uint128 = unsigned __int128;

/// g++ adds bits for lock elision.
int order_of(int code) { return code & 0x7fff; }

template <class Value>
Value load(Value const volatile* at, int order) {
    switch (order_of(order)) {
        case __ATOMIC_RELAXED: return __atomic_load_n(at, __ATOMIC_RELAXED);
        case __ATOMIC_SEQ_CST: return __atomic_load_n(at, __ATOMIC_SEQ_CST);
        default: return __atomic_load_n(at, __ATOMIC_ACQUIRE);
    }
}

template <class Value>
void store(Value volatile* at, Value value, int order) {
    switch (order_of(order)) {
        case __ATOMIC_RELAXED: return __atomic_store_n(at, value, __ATOMIC_RELAXED);
        case __ATOMIC_SEQ_CST: return __atomic_store_n(at, value, __ATOMIC_SEQ_CST);
        default: return __atomic_store_n(at, value, __ATOMIC_RELEASE);
    }
}

/// What a compare_exchange needs at least, whether it succeeds or fails.
int stronger_of(int success, int failure) {
    success = order_of(success);
    failure = order_of(failure);
    if (failure == __ATOMIC_RELAXED || success == __ATOMIC_SEQ_CST) return success;
    if (failure == __ATOMIC_SEQ_CST) return __ATOMIC_SEQ_CST;
    return success == __ATOMIC_RELAXED   ? __ATOMIC_ACQUIRE
           : success == __ATOMIC_RELEASE ? __ATOMIC_ACQ_REL
                                         : success;
}

template <class Value>
bool exchange_if(Value volatile* at, Value* expected, Value desired, bool weak, int order) {
    switch (order_of(order)) {
        case __ATOMIC_RELAXED:
            return __atomic_compare_exchange_n(at, expected, desired, weak, __ATOMIC_RELAXED,
                                               __ATOMIC_RELAXED);
        case __ATOMIC_RELEASE:
            return __atomic_compare_exchange_n(at, expected, desired, weak, __ATOMIC_RELEASE,
                                               __ATOMIC_RELAXED);
        case __ATOMIC_ACQ_REL:
            return __atomic_compare_exchange_n(at, expected, desired, weak, __ATOMIC_ACQ_REL,
                                               __ATOMIC_ACQUIRE);
        case __ATOMIC_SEQ_CST:
            return __atomic_compare_exchange_n(at, expected, desired, weak, __ATOMIC_SEQ_CST,
                                               __ATOMIC_SEQ_CST);
        default:
            return __atomic_compare_exchange_n(at, expected, desired, weak, __ATOMIC_ACQUIRE,
                                               __ATOMIC_ACQUIRE);
    }
}

// Sixteen bytes have one instruction, whatever the order.
#if defined(__GCC_HAVE_SYNC_COMPARE_AND_SWAP_16)
template <>
uint128 load(uint128 const volatile* at, int) {
    return __sync_val_compare_and_swap(const_cast<uint128 volatile*>(at), 0, 0);
}
template <>
bool exchange_if(uint128 volatile* at, uint128* expected, uint128 desired, bool, int) {
    uint128 const seen = __sync_val_compare_and_swap(at, *expected, desired);
    bool const done = seen == *expected;
    *expected = seen;
    return done;
}
template <>
void store(uint128 volatile* at, uint128 value, int order) {
    uint128 seen = load(at, order);
    while (!exchange_if(at, &seen, value, false, order)) {
    }
}
#endif

/// Replaces the value by what `change` makes of it; returns the old one.
template <class Value, class Change>
Value modify(Value volatile* at, Change change, int order) {
    point();
    Value seen = load(at, __ATOMIC_RELAXED);
    while (!exchange_if(at, &seen, static_cast<Value>(change(seen)), true, order)) {
    }
    point();
    return seen;
}

}  // namespace

extern "C" {

void __tsan_init() {}
void __tsan_func_entry(void*) { point(); }
void __tsan_func_exit() {}
void __tsan_ignore_thread_begin() {}
void __tsan_ignore_thread_end() {}

#define RACEKIT_ACCESS(size)                                      \
    void __tsan_read##size(void*) { point(); }                    \
    void __tsan_write##size(void*) { point(); }                   \
    void __tsan_read_write##size(void*) { point(); }              \
    void __tsan_unaligned_read##size(void*) { point(); }          \
    void __tsan_unaligned_write##size(void*) { point(); }         \
    void __tsan_unaligned_read_write##size(void*) { point(); }    \
    void __tsan_volatile_read##size(void*) { point(); }           \
    void __tsan_volatile_write##size(void*) { point(); }          \
    void __tsan_unaligned_volatile_read##size(void*) { point(); } \
    void __tsan_unaligned_volatile_write##size(void*) { point(); }
RACEKIT_ACCESS(1)
RACEKIT_ACCESS(2)
RACEKIT_ACCESS(4)
RACEKIT_ACCESS(8)
RACEKIT_ACCESS(16)

void __tsan_read_range(void*, std::size_t) { point(); }
void __tsan_write_range(void*, std::size_t) { point(); }
void __tsan_vptr_read(void**) { point(); }
void __tsan_vptr_update(void**, void*) { point(); }

void* __tsan_memcpy(void* to, void const* from, std::size_t size) {
    point();
    return std::memcpy(to, from, size);
}
void* __tsan_memmove(void* to, void const* from, std::size_t size) {
    point();
    return std::memmove(to, from, size);
}
void* __tsan_memset(void* to, int value, std::size_t size) {
    point();
    return std::memset(to, value, size);
}

#define RACEKIT_MODIFY(bits, type, name, result)                                       \
    type __tsan_atomic##bits##_##name(type volatile* at, type operand, int order) {    \
        return modify(at, [operand](type old) { return (void)old, (result); }, order); \
    }
#define RACEKIT_ATOMIC(bits, type)                                                                 \
    type __tsan_atomic##bits##_load(type const volatile* at, int order) {                          \
        point();                                                                                   \
        type const seen = load<type>(at, order);                                                   \
        point();                                                                                   \
        return seen;                                                                               \
    }                                                                                              \
    void __tsan_atomic##bits##_store(type volatile* at, type value, int order) {                   \
        point();                                                                                   \
        store<type>(at, value, order);                                                             \
        point();                                                                                   \
    }                                                                                              \
    RACEKIT_MODIFY(bits, type, exchange, operand)                                                  \
    RACEKIT_MODIFY(bits, type, fetch_add, old + operand)                                           \
    RACEKIT_MODIFY(bits, type, fetch_sub, old - operand)                                           \
    RACEKIT_MODIFY(bits, type, fetch_and, (old) & operand)                                         \
    RACEKIT_MODIFY(bits, type, fetch_or, old | operand)                                            \
    RACEKIT_MODIFY(bits, type, fetch_xor, old ^ operand)                                           \
    RACEKIT_MODIFY(bits, type, fetch_nand, ~(old & operand))                                       \
    int __tsan_atomic##bits##_compare_exchange_strong(type volatile* at, type* expected,           \
                                                      type desired, int success, int failure) {    \
        point();                                                                                   \
        bool const done =                                                                          \
            exchange_if(at, expected, desired, false, stronger_of(success, failure));              \
        point();                                                                                   \
        return done;                                                                               \
    }                                                                                              \
    int __tsan_atomic##bits##_compare_exchange_weak(type volatile* at, type* expected,             \
                                                    type desired, int success, int failure) {      \
        point();                                                                                   \
        bool const done = exchange_if(at, expected, desired, true, stronger_of(success, failure)); \
        point();                                                                                   \
        return done;                                                                               \
    }                                                                                              \
    type __tsan_atomic##bits##_compare_exchange_val(type volatile* at, type expected,              \
                                                    type desired, int success, int failure) {      \
        __tsan_atomic##bits##_compare_exchange_strong(at, &expected, desired, success, failure);   \
        return expected;                                                                           \
    }
RACEKIT_ATOMIC(8, std::uint8_t)
RACEKIT_ATOMIC(16, std::uint16_t)
RACEKIT_ATOMIC(32, std::uint32_t)
RACEKIT_ATOMIC(64, std::uint64_t)
#if defined(__GCC_HAVE_SYNC_COMPARE_AND_SWAP_16)
RACEKIT_ATOMIC(128, uint128)
#endif

void __tsan_atomic_thread_fence(int order) {
    switch (order_of(order)) {
        case __ATOMIC_RELAXED: break;
        case __ATOMIC_RELEASE: __atomic_thread_fence(__ATOMIC_RELEASE); break;
        case __ATOMIC_ACQ_REL: __atomic_thread_fence(__ATOMIC_ACQ_REL); break;
        case __ATOMIC_SEQ_CST: __atomic_thread_fence(__ATOMIC_SEQ_CST); break;
        default: __atomic_thread_fence(__ATOMIC_ACQUIRE);
    }
    point();
}
void __tsan_atomic_signal_fence(int) { __asm__ volatile("" ::: "memory"); }

}  // extern "C"
