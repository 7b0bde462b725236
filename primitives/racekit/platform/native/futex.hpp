// SPDX-License-Identifier: MIT
// Sleeping in the kernel until a 32-bit word changes (futex(2)).
#pragma once

#include <racekit/platform/native/atomic.hpp>
#include <racekit/platform/native/timespec.hpp>

#include <cerrno>
#include <climits>
#include <cstdint>
#include <linux/futex.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace racekit {

/// What shares the word: threads of this process, or any process that maps it.
enum class futex_scope { process_private, process_shared };

enum class futex_result {
    woken,      ///< by futex_wake, or spuriously: always test the word again
    changed,    ///< the word did not hold the expected value; the caller did not sleep
    timed_out,  ///< the deadline passed
};

/// Sleeps while `word` holds `expected`, until a wake or `limit`. Blocking. Orders nothing by
/// itself: the caller re-reads the word with the order it needs.
inline futex_result futex_wait_until(atomic<std::uint32_t> const& word, std::uint32_t expected,
                                     deadline limit,
                                     futex_scope scope = futex_scope::process_private) noexcept {
    // FUTEX_WAIT_BITSET takes an absolute deadline on the monotonic clock.
    kernel_deadline const until(limit);
    int const operation = FUTEX_WAIT_BITSET |
                          (scope == futex_scope::process_private ? FUTEX_PRIVATE_FLAG : 0);
    if (::syscall(SYS_futex, &word, operation, expected, until.get(), nullptr,
                  FUTEX_BITSET_MATCH_ANY) == 0)
        return futex_result::woken;
    if (errno == ETIMEDOUT) return futex_result::timed_out;
    return errno == EAGAIN ? futex_result::changed : futex_result::woken;
}

inline futex_result futex_wait(atomic<std::uint32_t> const& word, std::uint32_t expected,
                               futex_scope scope = futex_scope::process_private) noexcept {
    return futex_wait_until(word, expected, never, scope);
}

/// Wakes at most `count` sleepers on `word`; returns how many. Costs a system call even when
/// no thread sleeps. Never touches the memory of `word`.
inline int futex_wake(atomic<std::uint32_t> const& word, int count = INT_MAX,
                      futex_scope scope = futex_scope::process_private) noexcept {
    int const operation =
        FUTEX_WAKE | (scope == futex_scope::process_private ? FUTEX_PRIVATE_FLAG : 0);
    return static_cast<int>(::syscall(SYS_futex, &word, operation, count, nullptr, nullptr, 0));
}

}  // namespace racekit
