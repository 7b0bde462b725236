// A thread's next visible operation, as the scheduler sees it before it happens.
#pragma once

#include <racekit/platform/site.hpp>

#include <atomic>
#include <cstdint>

namespace racekit::model {

inline constexpr int most_threads = 8;

using thread_set = unsigned;  // bit i: thread i

enum class action : std::uint8_t {
    start, finish, load, store, modify, compare_exchange, fence, read, write, lock, try_lock, unlock,
    consistent, condition_wait, notify, sleep, futex_wait, futex_wake, await_change, spin, channel_read,
    channel_write, channel_close, spawn, join, has_ended, kill, choose, destroy, die,
};

inline constexpr std::uint32_t no_object = 0;
/// Threads are objects too: they end, and others look.
[[nodiscard]] constexpr std::uint32_t thread_object(int thread) { return 1 + static_cast<std::uint32_t>(thread); }
inline constexpr std::uint32_t first_object = 1 + most_threads;

struct operation {
    action what = action::start;
    bool changes = false;  ///< alters its objects; otherwise only observes them
    bool sequential = false;  ///< seq_cst
    bool shared = false;      ///< of a lock: as a reader
    std::memory_order order = std::memory_order_relaxed;
    std::uint32_t object = no_object;
    std::uint32_t second = no_object;  ///< a second object: the mutex of a condition wait
    site where;

    /// Commutes with everything: touches no object.
    [[nodiscard]] bool local() const {
        return object == no_object && !(what == action::fence && sequential);
    }
};

/// Whether executing `left` and `right` of two threads in either order could differ.
[[nodiscard]] inline bool dependent(operation const& left, operation const& right) {
    auto const ends_somebody = [](operation const& one) {
        return one.what == action::die || one.what == action::kill;  // every guard may depend on it
    };
    if (ends_somebody(left) || ends_somebody(right)) return true;
    bool const left_fence = left.what == action::fence && left.sequential;
    bool const right_fence = right.what == action::fence && right.sequential;
    if (left_fence || right_fence) return left_fence && right_fence;
    if (!left.changes && !right.changes) return false;
    auto const shares = [](std::uint32_t object, operation const& other) {
        return object != no_object && (object == other.object || object == other.second);
    };
    return shares(left.object, right) || shares(left.second, right);
}

}  // namespace racekit::model
