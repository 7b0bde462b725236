// SPDX-License-Identifier: MIT
// What a worker reports, as a line of text, and what all of them have reported.
#pragma once

#include "search.hpp"

#include "model/core/engine.hpp"
#include "model/strategies/exhaustive.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace racekit::model {

/// Every message has the same fields, and a line holds all of them:
///
///     found 4 100 3 -1 0.1.1.0 failed check
///     kind, place, executions, pruned, bound, schedule, text
struct worker_message {
    enum class kind : std::uint8_t {
        count,     ///< how far the worker is: executions, pruned, bound
        done,      ///< a prefix that was searched to its end: place, executions, pruned
        open,      ///< a prefix that was not; `text` is where it stopped (exhaustive::stack)
        found,     ///< a finding: its place, the executions up to it, schedule, `text` is its kind
        covered,   ///< every execution of the worker's part was covered
        diverged,  ///< the same choices led to another state than before
    };

    kind what = kind::count;
    std::uint64_t place = 0;       ///< a prefix, a bound on preemptions, or the worker's number
    std::uint64_t executions = 0;
    std::uint64_t pruned = 0;
    int bound = -1;                ///< all executions with so many preemptions were seen; -1: none
    std::string schedule;          ///< as to_text(schedule) writes it
    std::string text;
};

/// One line, without its end.
[[nodiscard]] std::string to_line(worker_message const& message);

/// Throws std::invalid_argument if the line is not one of to_line().
[[nodiscard]] worker_message parse_worker_message(std::string_view line);

/// The message about the finding in which an execution ended.
[[nodiscard]] worker_message finding_message(execution_record const& last, std::uint64_t place,
                                             std::uint64_t executions);

/// The finding that it is about; so many executions came before the worker's.
[[nodiscard]] search_result::found_schedule finding_of(worker_message const& message,
                                                       std::uint64_t executions_before);

/// The reports of all workers of one search.
class worker_reports {
public:
    explicit worker_reports(std::size_t workers) : counts_(workers), covered_(workers) {}

    void add(std::size_t worker, worker_message const& message);

    [[nodiscard]] leaves sum() const;
    /// The largest bound of which a worker saw every execution; -1: none.
    [[nodiscard]] int bound() const { return bound_; }
    [[nodiscard]] bool all_covered() const;
    [[nodiscard]] bool any_covered() const;
    [[nodiscard]] bool diverged() const { return diverged_; }
    /// The finding at the lowest place.
    [[nodiscard]] std::optional<worker_message> const& found() const { return found_; }

private:
    std::vector<leaves> counts_;
    std::vector<bool> covered_;
    std::optional<worker_message> found_;
    int bound_ = -1;
    bool diverged_ = false;
};

}  // namespace racekit::model
