// SPDX-License-Identifier: MIT
// What a task of a process_pool may end in, but for a result.
#pragma once

#include <racekit/platform.hpp>

#include <cstddef>
#include <stdexcept>
#include <string>

namespace racekit {

/// The task threw. The exception was in another process; its text is here.
class task_failed : public std::runtime_error {
public:
    task_failed(std::size_t index, std::string const& text)
        : std::runtime_error("task " + std::to_string(index) + " threw: " + text), index_(index) {}
    /// Of the task among those of its call.
    [[nodiscard]] std::size_t index() const noexcept { return index_; }

private:
    std::size_t index_;
};

/// The worker ended in the middle of the task. What the task did by then is done; the results of
/// the tasks before it in its chunk are lost.
class worker_died : public std::runtime_error {
public:
    worker_died(exit_status how, std::size_t index)
        : std::runtime_error("the worker of task " + std::to_string(index) + " " + how.text() +
                             ": correct the task, or let it be retried (pool_options::retries)"),
          how_(how),
          index_(index) {}
    [[nodiscard]] exit_status how() const noexcept { return how_; }
    [[nodiscard]] std::size_t index() const noexcept { return index_; }

private:
    exit_status how_;
    std::size_t index_;
};

/// The pool cannot run tasks any more.
class pool_broken : public std::runtime_error {
public:
    explicit pool_broken(std::string const& why)
        : std::runtime_error("process_pool: " + why + ": correct that and make a new pool") {}
};

/// The pool was closed or destroyed before the task was done, or before it was submitted.
class pool_closed : public std::logic_error {
public:
    pool_closed() : std::logic_error("process_pool: it was closed: submit before close()") {}
};

/// A result did not come in time. The task goes on.
class result_timed_out : public std::runtime_error {
public:
    result_timed_out() : std::runtime_error("process_pool: no result yet: wait for it again") {}
};

}  // namespace racekit
