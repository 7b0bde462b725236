// SPDX-License-Identifier: MIT
// What the kernel knows the calling thread by, asked once: its number, and its list of robust
// locks.
#pragma once

#include <racekit/platform/native/asymmetric_fence.hpp>

#include <cstddef>
#include <cstdint>
#include <linux/futex.h>
#include <pthread.h>
#include <stdexcept>
#include <sys/syscall.h>
#include <unistd.h>

namespace racekit {

struct thread_record {
    std::uint32_t number = 0;            ///< 0: not asked yet
    ::robust_list_head* held = nullptr;  ///< what the kernel walks when the thread dies
};

namespace thread_record_detail {

/// How far a lock's word lies before its link to the next lock: that of the C library's own locks,
/// which hang in the same list.
inline constexpr long word_before_link = 32;

inline thread_local constinit thread_record mine{};

[[gnu::noinline, gnu::cold]] inline void ask() {
    // A forked child is another thread to the kernel. Only the forking thread lives on in it.
    static int const forgets = ::pthread_atfork(nullptr, nullptr, [] { mine = {}; });
    if (forgets != 0) throw std::runtime_error("robust locks: no memory for pthread_atfork");
    ::robust_list_head* list = nullptr;
    std::size_t size = 0;
    if (::syscall(SYS_get_robust_list, 0, &list, &size) != 0 || list == nullptr ||
        size != sizeof *list || list->futex_offset != -word_before_link)
        throw std::runtime_error(
            "robust locks: this C library lists its robust mutexes in a way that racekit does not "
            "know; use glibc on a 64-bit machine");
    (void)asymmetric_detail::enlist();
    mine = {static_cast<std::uint32_t>(::syscall(SYS_gettid)), list};
}

}  // namespace thread_record_detail

/// The calling thread's. Wait-free; the first call of a thread makes two system calls, and throws
/// std::runtime_error where robust locks cannot work. Right after fork() too, but not after a bare
/// clone(2), which no handler sees.
[[gnu::always_inline]] inline thread_record const& this_thread_record() {
    if (thread_record_detail::mine.number == 0) [[unlikely]]
        thread_record_detail::ask();
    return thread_record_detail::mine;
}

}  // namespace racekit
