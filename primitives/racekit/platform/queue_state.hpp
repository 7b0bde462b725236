// SPDX-License-Identifier: MIT
// What the operations of a queue that waits and closes say, its misuse, and that it has no bound.
#pragma once

#include <stdexcept>

namespace racekit {

/// How an operation on a queue ended. Only `done` moved an element.
enum class [[nodiscard]] queue_state {
    done,
    full,       ///< try_put: no room now
    empty,      ///< try_get: no element now
    closed,     ///< put: takes no more elements; get: and the last one has been taken
    timed_out,  ///< the deadline passed first
};

[[nodiscard]] constexpr char const* name(queue_state how) noexcept {
    switch (how) {
        case queue_state::done: return "done";
        case queue_state::full: return "full";
        case queue_state::empty: return "empty";
        case queue_state::closed: return "closed";
        case queue_state::timed_out: break;
    }
    return "timed out";
}

/// task_done() was called more often than elements were put. Nothing has changed.
struct task_done_too_often : std::logic_error {
    task_done_too_often()
        : std::logic_error("racekit: task_done() called more often than elements were put") {}
};

/// Instead of a capacity: put() never waits.
struct unbounded_t {};
inline constexpr unbounded_t unbounded;

}  // namespace racekit
