// SPDX-License-Identifier: MIT
// The annotations of a lock for TSan: which thread holds it, for lock-order inversions and misuse.
//
// TSan's own mutex annotations also order the critical sections, and make it look away from what
// the lock does in between: a lock with too weak an order would pass. Here they give no order: what
// a lock orders is for its atomics to show.
#pragma once

#include <racekit/platform/tsan/schedule.hpp>

#include <sanitizer/tsan_interface.h>
#include <type_traits>

extern "C" {
void AnnotateIgnoreSyncBegin(char const* file, int line);
void AnnotateIgnoreSyncEnd(char const* file, int line);
}

namespace racekit::annotate {

namespace detail {

[[nodiscard]] constexpr unsigned flags(bool shared) { return shared ? __tsan_mutex_read_lock : 0; }

/// A schedule looks for lock-order inversions itself, because TSan does not see that a common outer
/// lock makes two orders safe. For a lock that is only tried TSan notes no order.
[[nodiscard]] inline unsigned for_tsan(unsigned how) {
    return tsan::mine() != nullptr ? how | __tsan_mutex_try_lock : how;
}

inline void before(void const* lock, unsigned how) {
    void* const id = const_cast<void*>(lock);
    __tsan_mutex_pre_lock(id, for_tsan(how));
    __tsan_mutex_pre_divert(id, 0);  // TSan looks again: at the atomics that take the lock
    bool const tries = (how & __tsan_mutex_try_lock) != 0;
    if (tsan::schedule* const by = tsan::mine(); by != nullptr) by->wants(lock, tries);
}

inline void after(void const* lock, unsigned how) {
    bool const taken = (how & __tsan_mutex_try_lock_failed) == 0;
    if (tsan::schedule* const by = tsan::mine(); by != nullptr) by->holds(lock, taken);
    void* const id = const_cast<void*>(lock);
    __tsan_mutex_post_divert(id, 0);
    AnnotateIgnoreSyncBegin(__FILE__, __LINE__);
    __tsan_mutex_post_lock(id, for_tsan(how), 0);
    AnnotateIgnoreSyncEnd(__FILE__, __LINE__);
}

}  // namespace detail

/// A lock that is initialised at compile time is made known to TSan by its first use.
constexpr void lock_created(void const* lock) {
    if (!std::is_constant_evaluated())
        __tsan_mutex_create(const_cast<void*>(lock), __tsan_mutex_not_static);
}
inline void lock_destroyed(void const* lock) {
    __tsan_mutex_destroy(const_cast<void*>(lock), __tsan_mutex_not_static);
    if (tsan::schedule* const by = tsan::mine(); by != nullptr) by->destroyed(lock);
}
inline void before_lock(void const* lock, bool shared = false, site = {}) {
    detail::before(lock, detail::flags(shared));
}
inline void after_lock(void const* lock, bool shared = false, site = {}) {
    detail::after(lock, detail::flags(shared));
}
inline void before_unlock(void const* lock, bool shared = false, site = {}) {
    void* const id = const_cast<void*>(lock);
    AnnotateIgnoreSyncBegin(__FILE__, __LINE__);
    __tsan_mutex_pre_unlock(id, detail::flags(shared));
    __tsan_mutex_pre_divert(id, 0);  // TSan looks again: at the atomics that give the lock up
    AnnotateIgnoreSyncEnd(__FILE__, __LINE__);
    if (tsan::schedule* const by = tsan::mine(); by != nullptr) by->leaves(lock);
}
inline void after_unlock(void const* lock, bool shared = false) {
    void* const id = const_cast<void*>(lock);
    __tsan_mutex_post_divert(id, 0);
    __tsan_mutex_post_unlock(id, detail::flags(shared));
    if (tsan::schedule* const by = tsan::mine(); by != nullptr) by->left(lock);
}
inline void before_try_lock(void const* lock, bool shared = false) {
    detail::before(lock, detail::flags(shared) | __tsan_mutex_try_lock);
}
inline void after_try_lock(void const* lock, bool taken, bool shared = false, site = {}) {
    detail::after(lock, detail::flags(shared) | __tsan_mutex_try_lock |
                            (taken ? 0 : __tsan_mutex_try_lock_failed));
}

}  // namespace racekit::annotate
