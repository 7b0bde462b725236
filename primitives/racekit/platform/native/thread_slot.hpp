// SPDX-License-Identifier: MIT
// thread_slot<T>: thread-local storage for a member of a class.
#pragma once

#include <atomic>
#include <cstddef>
#include <unordered_map>

namespace racekit {

/// One T for each thread, value-initialised at the thread's first use and destroyed with the
/// thread: thread_local for a member. The slot must outlive every use.
template <class T>
class thread_slot {
public:
    thread_slot() = default;
    thread_slot(thread_slot const&) = delete;
    thread_slot& operator=(thread_slot const&) = delete;

    [[nodiscard]] T& get() {
        thread_local std::unordered_map<std::size_t, T> mine;
        return mine[identity_];
    }

private:
    static std::size_t new_identity() noexcept {
        static std::atomic<std::size_t> next{0};
        return next.fetch_add(1, std::memory_order_relaxed);  // uniqueness only
    }
    std::size_t identity_ = new_identity();
};

}  // namespace racekit
