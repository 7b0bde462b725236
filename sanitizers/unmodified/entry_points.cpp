// SPDX-License-Identifier: MIT
// The functions that -fsanitize=thread calls, of clang and of g++: where ThreadSanitizer's runtime
// would look for races, the model explores.
#include "atomics.hpp"
#include "orders.hpp"
#include "plain_steps.hpp"
#include "shadow.hpp"
#include "unseen.hpp"
#include "watch.hpp"

#include "model/core/call_frame.hpp"
#include "model/objects/framed.hpp"
#include "places.hpp"

#include <cstdint>
#include <cstring>

using namespace racekit;
using namespace racekit::unmodified;

namespace {

using uint128 = unsigned __int128;

/// The order of an operation, without the bits that g++ adds for lock elision.
std::memory_order order_of(int code) { return static_cast<std::memory_order>(code & 0x7fff); }

/// The order in force, which may be a weaker one.
std::memory_order order_of(int code, orders::use const& what, model::call_frame const& from) {
    std::memory_order const given = order_of(code);
    return orders::are_asked_for ? orders::in_force(given, what, from) : given;
}

atomic_call call_of(void const volatile* at, std::size_t size, char const* operation, int order,
                    model::call_frame const& from) {
    void* const place = const_cast<void*>(at);
    return {place, size, order_of(order, {operation, orders::part::whole, place}, from), from};
}

/// The order of a compare_exchange that fails.
std::memory_order failure_of(void const volatile* at, char const* operation, int order,
                             model::call_frame const& from) {
    return order_of(order, {operation, orders::part::failure, const_cast<void*>(at)}, from);
}

// What an operation makes of the value that it replaces.
template <class Value>
word added(word old, word operand) {
    return word_of(static_cast<Value>(value_of<Value>(old) + value_of<Value>(operand)));
}
template <class Value>
word subtracted(word old, word operand) {
    return word_of(static_cast<Value>(value_of<Value>(old) - value_of<Value>(operand)));
}
word both(word old, word operand) { return {old.low & operand.low, old.high & operand.high}; }
word either(word old, word operand) { return {old.low | operand.low, old.high | operand.high}; }
word one_of_them(word old, word operand) {
    return {old.low ^ operand.low, old.high ^ operand.high};
}
template <class Value>
word not_both(word old, word operand) {
    return word_of(static_cast<Value>(~(value_of<Value>(old) & value_of<Value>(operand))));
}
word replaced(word, word operand) { return operand; }

/// A read that may be a step, and so the look of a waiting loop. Called last by a function that the
/// program calls, it has that function's frame.
template <std::size_t size>
[[gnu::noinline]] void read_as_step(void* at) {
    model::call_frame const from = model::calling_frame();
    shadow::reads(at, size, &from);
}
template <std::size_t size>
[[gnu::always_inline]] inline void read_plain(void* at) {
    if (!is_watched()) return;
    if (has_plain_steps) [[unlikely]]
        return read_as_step<size>(at);
    shadow::reads(at, size);
}

}  // namespace

extern "C" {

void __tsan_init() {}
void __tsan_func_entry(void*) {}
void __tsan_func_exit() {}
void __tsan_ignore_thread_begin() {}
void __tsan_ignore_thread_end() {}

#define RACEKIT_ACCESS(name, size)                             \
    void __tsan_read##name(void* at) { read_plain<size>(at); } \
    void __tsan_write##name(void* at) {                        \
        if (is_watched()) shadow::writes(at, size);            \
    }
#define RACEKIT_ACCESS_OF(size)                                                   \
    RACEKIT_ACCESS(size, size)                                                    \
    void __tsan_unaligned_read##size(void* at) { read_plain<size>(at); }          \
    void __tsan_unaligned_write##size(void* at) {                                 \
        if (is_watched()) shadow::writes(at, size);                               \
    }                                                                             \
    void __tsan_volatile_read##size(void* at) { read_plain<size>(at); }           \
    void __tsan_volatile_write##size(void* at) {                                  \
        if (is_watched()) shadow::writes(at, size);                               \
    }                                                                             \
    void __tsan_unaligned_volatile_read##size(void* at) { read_plain<size>(at); } \
    void __tsan_unaligned_volatile_write##size(void* at) {                        \
        if (is_watched()) shadow::writes(at, size);                               \
    }                                                                             \
    void __tsan_read_write##size(void* at) {                                      \
        if (!is_watched()) return;                                                \
        shadow::reads(at, size);                                                  \
        shadow::writes(at, size);                                                 \
    }                                                                             \
    void __tsan_unaligned_read_write##size(void* at) { __tsan_read_write##size(at); }
RACEKIT_ACCESS_OF(1)
RACEKIT_ACCESS_OF(2)
RACEKIT_ACCESS_OF(4)
RACEKIT_ACCESS_OF(8)
RACEKIT_ACCESS_OF(16)

void __tsan_read_range(void* at, std::size_t size) {
    if (is_watched()) shadow::reads(at, size);
}
void __tsan_write_range(void* at, std::size_t size) {
    if (is_watched()) shadow::writes(at, size);
}
void __tsan_vptr_read(void** at) {
    if (is_watched()) shadow::reads(at, sizeof *at);
}
/// A destructor that writes the pointer that is there changes nothing.
void __tsan_vptr_update(void** at, void* value) {
    if (is_watched() && *at != value) shadow::writes(at, sizeof *at);
}

void* __tsan_memcpy(void* to, void const* from, std::size_t size) {
    if (is_watched()) {
        shadow::reads(from, size);
        shadow::writes(to, size);
    }
    return std::memcpy(to, from, size);
}
void* __tsan_memmove(void* to, void const* from, std::size_t size) {
    if (is_watched()) {
        shadow::reads(from, size);
        shadow::writes(to, size);
    }
    return std::memmove(to, from, size);
}
void* __tsan_memset(void* to, int value, std::size_t size) {
    if (is_watched()) shadow::writes(to, size);
    return std::memset(to, value, size);
}

#define RACEKIT_MODIFY(bits, type, name, builtin, word_for_it, change)                     \
    type __tsan_atomic##bits##_fetch_##name(type volatile* at, type operand, int order) {  \
        if (!is_watched()) return __atomic_fetch_##builtin(at, operand, __ATOMIC_SEQ_CST); \
        return value_of<type>(                                                             \
            modify(call_of(at, sizeof(type), word_for_it, order, model::calling_frame()),  \
                   word_for_it, change, word_of(operand)));                                \
    }
#define RACEKIT_COMPARE_EXCHANGE(bits, type, name, is_weak)                                       \
    int __tsan_atomic##bits##_compare_exchange_##name(type volatile* at, type* expected,          \
                                                      type desired, int success, int failure) {   \
        if (!is_watched())                                                                        \
            return __atomic_compare_exchange_n(at, expected, desired, is_weak, __ATOMIC_SEQ_CST,  \
                                               __ATOMIC_SEQ_CST);                                 \
        model::call_frame const from = model::calling_frame();                                    \
        word seen = word_of(*expected);                                                           \
        bool const done = compare_exchange(                                                       \
            call_of(at, sizeof(type), "compare_exchange", success, from), seen, word_of(desired), \
            failure_of(at, "compare_exchange", failure, from), is_weak);                          \
        if (!done) *expected = value_of<type>(seen);                                              \
        return done;                                                                              \
    }
#define RACEKIT_ATOMIC(bits, type)                                                                 \
    type __tsan_atomic##bits##_load(type const volatile* at, int order) {                          \
        if (!is_watched()) return __atomic_load_n(at, __ATOMIC_SEQ_CST);                           \
        return value_of<type>(                                                                     \
            load(call_of(at, sizeof(type), "load", order, model::calling_frame())));               \
    }                                                                                              \
    void __tsan_atomic##bits##_store(type volatile* at, type value, int order) {                   \
        if (!is_watched()) return __atomic_store_n(at, value, __ATOMIC_SEQ_CST);                   \
        store(call_of(at, sizeof(type), "store", order, model::calling_frame()), word_of(value));  \
    }                                                                                              \
    type __tsan_atomic##bits##_exchange(type volatile* at, type value, int order) {                \
        if (!is_watched()) return __atomic_exchange_n(at, value, __ATOMIC_SEQ_CST);                \
        return value_of<type>(                                                                     \
            modify(call_of(at, sizeof(type), "exchange", order, model::calling_frame()),           \
                   "exchange", replaced, word_of(value)));                                         \
    }                                                                                              \
    RACEKIT_MODIFY(bits, type, add, add, "add", added<type>)                                       \
    RACEKIT_MODIFY(bits, type, sub, sub, "subtract", subtracted<type>)                             \
    RACEKIT_MODIFY(bits, type, and, and, "and", both)                                              \
    RACEKIT_MODIFY(bits, type, or, or, "or", either)                                               \
    RACEKIT_MODIFY(bits, type, xor, xor, "xor", one_of_them)                                       \
    RACEKIT_MODIFY(bits, type, nand, nand, "nand", not_both<type>)                                 \
    /* clang's: what it returns is all that the program learns, so a weak one cannot fail */       \
    type __tsan_atomic##bits##_compare_exchange_val(type volatile* at, type expected,              \
                                                    type desired, int success, int failure) {      \
        if (!is_watched()) {                                                                       \
            __atomic_compare_exchange_n(at, &expected, desired, false, __ATOMIC_SEQ_CST,           \
                                        __ATOMIC_SEQ_CST);                                         \
            return expected;                                                                       \
        }                                                                                          \
        model::call_frame const from = model::calling_frame();                                     \
        note_exchange(from.caller());                                                              \
        word seen = word_of(expected);                                                             \
        (void)compare_exchange(call_of(at, sizeof(type), "compare_exchange", success, from), seen, \
                               word_of(desired),                                                   \
                               failure_of(at, "compare_exchange", failure, from), false);          \
        return value_of<type>(seen);                                                               \
    }                                                                                              \
    RACEKIT_COMPARE_EXCHANGE(bits, type, strong, false)                                            \
    RACEKIT_COMPARE_EXCHANGE(bits, type, weak, true)
RACEKIT_ATOMIC(8, std::uint8_t)
RACEKIT_ATOMIC(16, std::uint16_t)
RACEKIT_ATOMIC(32, std::uint32_t)
RACEKIT_ATOMIC(64, std::uint64_t)
RACEKIT_ATOMIC(128, uint128)

void __tsan_atomic_thread_fence(int order) {
    if (!is_watched()) return;
    std::memory_order const in_force =
        order_of(order, {"fence", orders::part::whole, nullptr}, model::calling_frame());
    // A relaxed fence is none; a compiler emits none.
    if (in_force != std::memory_order_relaxed) model::fence(in_force, operation_place());
}
void __tsan_atomic_signal_fence(int) {}

}  // extern "C"
