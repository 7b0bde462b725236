// SPDX-License-Identifier: MIT
// Sleeping until a 32-bit word changes: in the kernel, or under a controlled schedule in its hands.
#pragma once

#include <racekit/platform/native/timespec.hpp>
#include <racekit/platform/tsan/atomic.hpp>

#include <cerrno>
#include <climits>
#include <cstdint>
#include <linux/futex.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace racekit {

enum class futex_scope { process_private, process_shared };

enum class futex_result { woken, changed, timed_out };

namespace tsan {

/// The word as the kernel reads it: TSan sees nothing of that, natively or here.
RACEKIT_UNSEEN inline std::uint32_t peek(void const* word) noexcept {
    return __atomic_load_n(static_cast<std::uint32_t const*>(word), __ATOMIC_RELAXED);
}

}  // namespace tsan

inline futex_result futex_wait_until(atomic<std::uint32_t> const& word, std::uint32_t expected,
                                     deadline limit,
                                     futex_scope scope = futex_scope::process_private,
                                     site where = site::here()) {
    void const* const address = word.object_address();
    if (tsan::schedule* const by = tsan::mine(); by != nullptr) {
        by->point(tsan::operation::wait, address, where);
        if (tsan::peek(address) != expected) return futex_result::changed;
        return by->wait(tsan::until::woken, address, limit, where) ? futex_result::woken
                                                                   : futex_result::timed_out;
    }
    kernel_deadline const until(limit);
    int const operation = FUTEX_WAIT_BITSET |
                          (scope == futex_scope::process_private ? FUTEX_PRIVATE_FLAG : 0);
    if (::syscall(SYS_futex, address, operation, expected, until.get(), nullptr,
                  FUTEX_BITSET_MATCH_ANY) == 0)
        return futex_result::woken;
    if (errno == ETIMEDOUT) return futex_result::timed_out;
    return errno == EAGAIN ? futex_result::changed : futex_result::woken;
}

inline futex_result futex_wait(atomic<std::uint32_t> const& word, std::uint32_t expected,
                               futex_scope scope = futex_scope::process_private,
                               site where = site::here()) {
    return futex_wait_until(word, expected, never, scope, where);
}

inline int futex_wake(atomic<std::uint32_t> const& word, int count = INT_MAX,
                      futex_scope scope = futex_scope::process_private, site where = site::here()) {
    void const* const address = word.object_address();
    if (tsan::schedule* const by = tsan::mine(); by != nullptr)
        by->point(tsan::operation::wake, address, where);
    int woken = 0;
    if (tsan::schedule* const playing = tsan::current(); playing != nullptr)
        woken = playing->wake(address, count);
    if (woken >= count) return woken;
    // Also those that sleep in the kernel: other processes, and threads that no schedule took on.
    int const operation =
        FUTEX_WAKE | (scope == futex_scope::process_private ? FUTEX_PRIVATE_FLAG : 0);
    return woken + static_cast<int>(::syscall(SYS_futex, address, operation, count - woken, nullptr,
                                              nullptr, 0));
}

}  // namespace racekit
