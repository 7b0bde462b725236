// SPDX-License-Identifier: MIT
// A pair of fences of which one costs nothing, for what many do often and few do rarely
// (membarrier(2), Linux 4.16).
//
// Between a light fence of one thread and a heavy one of another, in whatever process, the order is
// that of two seq_cst fences: either what the first thread stored before its fence is seen after
// the other's, or the other way round. The heavy fence makes every processor that runs a process
// which has registered execute a barrier; a process registers when it starts, and its forked
// children stay registered. Where that fails (an older kernel, a filter of system calls), the light
// fence is a seq_cst fence.
#pragma once

#include <atomic>
#include <linux/membarrier.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace racekit {

namespace asymmetric_detail {

inline constinit std::atomic<bool> is_registered{false};

/// Again: nothing. A process of several threads that was not registered waits for some
/// milliseconds.
[[gnu::cold]] inline bool enlist() noexcept {
    bool const done =
        ::syscall(SYS_membarrier, MEMBARRIER_CMD_REGISTER_GLOBAL_EXPEDITED, 0, 0) == 0;
    is_registered.store(done, std::memory_order_relaxed);
    return done;
}

/// At the start of the program, which has one thread.
inline bool const enlists_at_start = enlist();

}  // namespace asymmetric_detail

[[gnu::always_inline]] inline void asymmetric_fence_light() noexcept {
    if (asymmetric_detail::is_registered.load(std::memory_order_relaxed)) [[likely]]
        std::atomic_signal_fence(std::memory_order_seq_cst);
    else std::atomic_thread_fence(std::memory_order_seq_cst);
}

/// Some microseconds. False: it was a seq_cst fence of this thread alone, so that a light fence of
/// a process that has registered is not ordered with it.
inline bool asymmetric_fence_heavy() noexcept {
    if (::syscall(SYS_membarrier, MEMBARRIER_CMD_GLOBAL_EXPEDITED, 0, 0) == 0) return true;
    std::atomic_thread_fence(std::memory_order_seq_cst);
    return false;
}

}  // namespace racekit
