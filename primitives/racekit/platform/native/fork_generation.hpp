// SPDX-License-Identifier: MIT
// fork_generation: how an object notices that it is in a forked child.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <new>
#include <pthread.h>
#include <sched.h>

namespace racekit {

namespace fork_detail {

inline constinit std::uint64_t generation = 0;
inline constinit std::atomic<bool> is_remaking{false};

/// A child has one thread when the handler runs, so a plain variable will do.
inline bool const is_counting = [] {
    ::pthread_atfork(nullptr, nullptr, [] {
        ++generation;
        is_remaking.store(false, std::memory_order_relaxed);
    });
    return true;
}();

}  // namespace fork_detail

/// How many forks lie between the start of the program and this process. A lock that another thread
/// held at the fork stays locked in the child, and what a stream had read ahead is there twice: an
/// object that stores this number when it is made compares it at each call. Wait-free.
[[nodiscard]] inline std::uint64_t fork_generation() noexcept { return fork_detail::generation; }

/// A T that a forked child makes anew at its first use, from nothing: above all locks, which
/// another thread of the parent may have held. What the child's copy of the old one owns is not
/// freed.
template <class T>
class per_process {
public:
    per_process() : made_in_(fork_generation()) { ::new (static_cast<void*>(bytes_)) T(); }
    per_process(per_process const&) = delete;
    per_process& operator=(per_process const&) = delete;
    ~per_process() { std::destroy_at(object()); }

    /// By any thread: one load, but for the first call in a child.
    [[nodiscard]] T& get() {
        if (made_in_.load(std::memory_order_acquire) != fork_generation()) [[unlikely]]
            remake();
        return *object();
    }

private:
    T* object() { return std::launder(reinterpret_cast<T*>(bytes_)); }

    [[gnu::noinline, gnu::cold]] void remake() {
        while (fork_detail::is_remaking.exchange(true, std::memory_order_acquire)) ::sched_yield();
        if (made_in_.load(std::memory_order_relaxed) != fork_generation()) {
            ::new (static_cast<void*>(bytes_)) T();
            made_in_.store(fork_generation(), std::memory_order_release);
        }
        fork_detail::is_remaking.store(false, std::memory_order_release);
    }

    std::atomic<std::uint64_t> made_in_;
    alignas(T) unsigned char bytes_[sizeof(T)];
};

}  // namespace racekit
