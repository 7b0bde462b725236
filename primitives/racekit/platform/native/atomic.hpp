// SPDX-License-Identifier: MIT
// atomic is std::atomic; in checked builds it also refuses memory orders that C++ forbids.
#pragma once

#include <racekit/platform/native/checked.hpp>

#include <atomic>

#if RACEKIT_CHECKED
#include <racekit/platform/atomic_types.hpp>
#include <racekit/platform/native/checked_atomic.hpp>
#endif

namespace racekit {

#if !RACEKIT_CHECKED
using std::atomic;
using std::atomic_bool;
using std::atomic_char;
using std::atomic_schar;
using std::atomic_uchar;
using std::atomic_short;
using std::atomic_ushort;
using std::atomic_int;
using std::atomic_uint;
using std::atomic_long;
using std::atomic_ulong;
using std::atomic_llong;
using std::atomic_ullong;
using std::atomic_wchar_t;
using std::atomic_char8_t;
using std::atomic_char16_t;
using std::atomic_char32_t;
using std::atomic_int8_t;
using std::atomic_uint8_t;
using std::atomic_int16_t;
using std::atomic_uint16_t;
using std::atomic_int32_t;
using std::atomic_uint32_t;
using std::atomic_int64_t;
using std::atomic_uint64_t;
using std::atomic_intptr_t;
using std::atomic_uintptr_t;
using std::atomic_size_t;
using std::atomic_ptrdiff_t;
using std::atomic_intmax_t;
using std::atomic_uintmax_t;
#endif
using std::atomic_flag;
using std::atomic_ref;
using std::atomic_thread_fence;
using std::atomic_fetch_add;
using std::atomic_fetch_add_explicit;
using std::atomic_fetch_sub;
using std::atomic_fetch_sub_explicit;
using std::atomic_fetch_and;
using std::atomic_fetch_and_explicit;
using std::atomic_fetch_or;
using std::atomic_fetch_or_explicit;
using std::atomic_fetch_xor;
using std::atomic_fetch_xor_explicit;
using std::atomic_load;
using std::atomic_load_explicit;
using std::atomic_store;
using std::atomic_store_explicit;
using std::atomic_exchange;
using std::atomic_exchange_explicit;
using std::atomic_compare_exchange_weak;
using std::atomic_compare_exchange_weak_explicit;
using std::atomic_compare_exchange_strong;
using std::atomic_compare_exchange_strong_explicit;
using std::atomic_wait;
using std::atomic_wait_explicit;
using std::atomic_is_lock_free;
using std::atomic_flag_test_and_set;
using std::atomic_flag_test_and_set_explicit;
using std::atomic_flag_clear;
using std::atomic_flag_clear_explicit;
using std::kill_dependency;
using std::atomic_notify_one;
using std::atomic_notify_all;
using std::atomic_signal_fence;

using std::memory_order;
using std::memory_order_acq_rel;
using std::memory_order_acquire;
using std::memory_order_consume;
using std::memory_order_relaxed;
using std::memory_order_release;
using std::memory_order_seq_cst;

// Not in libstdc++ 12.
[[nodiscard]] inline bool atomic_flag_test(atomic_flag const* on) noexcept { return on->test(); }
[[nodiscard]] inline bool atomic_flag_test_explicit(atomic_flag const* on,
                                                    memory_order order) noexcept {
    return on->test(order);
}
inline void atomic_flag_wait(atomic_flag const* on, bool old) noexcept { on->wait(old); }
inline void atomic_flag_wait_explicit(atomic_flag const* on, bool old,
                                      memory_order order) noexcept {
    on->wait(old, order);
}
inline void atomic_flag_notify_one(atomic_flag* on) noexcept { on->notify_one(); }
inline void atomic_flag_notify_all(atomic_flag* on) noexcept { on->notify_all(); }

}  // namespace racekit
