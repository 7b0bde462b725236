// SPDX-License-Identifier: MIT
// Results of the operations of a queue that waits and closes, and errors of its callers.
#pragma once

#include <stdexcept>
#include <type_traits>

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

/// A constructor, an assignment or a destructor of an element, or a comparison, used the queue
/// whose operation called it. Thrown before anything has changed.
struct queue_reentered : std::logic_error {
    queue_reentered()
        : std::logic_error(
              "racekit: an element's own code (constructor, assignment, destructor, comparison) "
              "uses the queue that is moving the element; use the queue after the operation") {}
};

/// Whether moving and destroying a T runs code that could come back into the queue.
template <class T>
inline constexpr bool runs_element_code = !std::is_trivially_copyable_v<T>;

/// Instead of a capacity: put() never waits.
struct unbounded_t {};
inline constexpr unbounded_t unbounded;

}  // namespace racekit
