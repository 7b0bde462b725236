// SPDX-License-Identifier: MIT
// Errors of event loops, tasks and futures.
//
// Progress: wait-free; they are values.
#pragma once

#include <cstddef>
#include <exception>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace racekit {

/// The event loop was closed: it makes no more calls. Nothing was changed.
struct loop_closed : std::logic_error {
    using std::logic_error::logic_error;
};

/// stop() ended run_until_complete() before the result was there. The work is still queued.
struct loop_stopped : std::runtime_error {
    using std::runtime_error::runtime_error;
};

/// A loop that runs was run again, or closed. Nothing was changed.
struct loop_is_running : std::logic_error {
    using std::logic_error::logic_error;
};

/// A task that was moved from or awaited already was used. Nothing was changed.
struct task_is_empty : std::logic_error {
    using std::logic_error::logic_error;
};

/// A future was given a second result. The first one stands.
struct future_already_done : std::logic_error {
    using std::logic_error::logic_error;
};

/// The result of a future was read before it was there.
struct future_not_done : std::logic_error {
    using std::logic_error::logic_error;
};

/// The last future_source was destroyed before it gave a result.
struct future_abandoned : std::runtime_error {
    using std::runtime_error::runtime_error;
};

/// Thrown into a coroutine that was cancelled, at its co_await. No std::exception, so that code
/// that catches those and continues does not take a cancellation for an error.
struct task_cancelled {
    [[nodiscard]] static char const* what() noexcept { return "the task was cancelled"; }
};

/// Several of the tasks of one gather() failed.
class several_errors : public std::runtime_error {
public:
    explicit several_errors(std::vector<std::exception_ptr> all)
        : std::runtime_error(std::to_string(all.size()) + " tasks of one gather failed"),
          all_(std::move(all)) {}
    /// In the order of the tasks.
    [[nodiscard]] std::vector<std::exception_ptr> const& all() const noexcept { return all_; }

private:
    std::vector<std::exception_ptr> all_;
};

}  // namespace racekit
