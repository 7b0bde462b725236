// SPDX-License-Identifier: MIT
// Atomic operations of a program as it is, under ThreadSanitizer: the linker hands the calls of the
// compiler to the functions here (--wrap). ThreadSanitizer then sees each store as relaxed, and the
// happens-before of C++20, fences included, as racekit::atomic gives it: see release_sequences.hpp.
// Loads stay acquire operations: they synchronise with what ThreadSanitizer's own functions have
// released, such as the end of the initialisation of a static object.
#include "noise.hpp"

#include <racekit/platform/tsan/release_sequences.hpp>

#include <cstdint>

namespace {

using racekit::tsan::sequences;
using uint128 = unsigned __int128;

constexpr std::memory_order order_of(int code) { return static_cast<std::memory_order>(code); }

/// What is left of an order for the read of an operation.
constexpr int of_read(int order) {
    return order == __ATOMIC_RELAXED || order == __ATOMIC_RELEASE ? __ATOMIC_RELAXED
                                                                  : __ATOMIC_ACQUIRE;
}

}  // namespace

extern "C" {

void __tsan_func_entry(void* return_address);
void __tsan_func_exit();

// A report shows the program's line as the caller of the function here.
#define RACEKIT_BEGIN                               \
    racekit::program::point();                      \
    __tsan_func_entry(__builtin_return_address(0)); \
    sequences.enter();
#define RACEKIT_END    \
    sequences.leave(); \
    __tsan_func_exit();

#define RACEKIT_MODIFY(bits, type, name)                                                     \
    type __real___tsan_atomic##bits##_##name(type volatile*, type, int);                     \
    RACEKIT_UNSEEN type __wrap___tsan_atomic##bits##_##name(type volatile* at, type operand, \
                                                            int order) {                     \
        RACEKIT_BEGIN                                                                        \
        type const old = __real___tsan_atomic##bits##_##name(at, operand, of_read(order));   \
        sequences.modified(const_cast<type*>(at), order_of(order));                          \
        RACEKIT_END                                                                          \
        return old;                                                                          \
    }
#define RACEKIT_ATOMIC(bits, type)                                                                \
    type __real___tsan_atomic##bits##_load(type const volatile*, int);                            \
    RACEKIT_UNSEEN type __wrap___tsan_atomic##bits##_load(type const volatile* at, int order) {   \
        RACEKIT_BEGIN                                                                             \
        type const seen = __real___tsan_atomic##bits##_load(at, of_read(order));                  \
        sequences.loaded(const_cast<type const*>(at), order_of(order));                           \
        RACEKIT_END                                                                               \
        return seen;                                                                              \
    }                                                                                             \
    void __real___tsan_atomic##bits##_store(type volatile*, type, int);                           \
    RACEKIT_UNSEEN void __wrap___tsan_atomic##bits##_store(type volatile* at, type value,         \
                                                           int order) {                           \
        RACEKIT_BEGIN                                                                             \
        __real___tsan_atomic##bits##_store(at, value, __ATOMIC_RELAXED);                          \
        sequences.stored(const_cast<type*>(at), order_of(order));                                 \
        RACEKIT_END                                                                               \
    }                                                                                             \
    RACEKIT_MODIFY(bits, type, exchange)                                                          \
    RACEKIT_MODIFY(bits, type, fetch_add)                                                         \
    RACEKIT_MODIFY(bits, type, fetch_sub)                                                         \
    RACEKIT_MODIFY(bits, type, fetch_and)                                                         \
    RACEKIT_MODIFY(bits, type, fetch_or)                                                          \
    RACEKIT_MODIFY(bits, type, fetch_xor)                                                         \
    RACEKIT_MODIFY(bits, type, fetch_nand)                                                        \
    type __real___tsan_atomic##bits##_compare_exchange_val(type volatile*, type, type, int, int); \
    RACEKIT_UNSEEN type __wrap___tsan_atomic##bits##_compare_exchange_val(                        \
        type volatile* at, type expected, type desired, int success, int failure) {               \
        RACEKIT_BEGIN                                                                             \
        type const seen = __real___tsan_atomic##bits##_compare_exchange_val(                      \
            at, expected, desired, of_read(success), of_read(failure));                           \
        if (seen == expected) sequences.modified(const_cast<type*>(at), order_of(success));       \
        else sequences.loaded(const_cast<type*>(at), order_of(failure));                          \
        RACEKIT_END                                                                               \
        return seen;                                                                              \
    }
RACEKIT_ATOMIC(8, std::uint8_t)
RACEKIT_ATOMIC(16, std::uint16_t)
RACEKIT_ATOMIC(32, std::uint32_t)
RACEKIT_ATOMIC(64, std::uint64_t)
#if defined(__GCC_HAVE_SYNC_COMPARE_AND_SWAP_16)
RACEKIT_ATOMIC(128, uint128)
#endif

RACEKIT_UNSEEN void __wrap___tsan_atomic_thread_fence(int order) {
    racekit::program::point();
    sequences.fenced(order_of(order));
}

}  // extern "C"
