// SPDX-License-Identifier: MIT
// task_report: work that was begun and is lost, which no exception can report because nothing waits
// for it: a task that is never awaited, an error that is never read, a loop that is closed early.
//
// Progress: wait-free but for what the reporter does.
// Errors: none; a reporter must not throw, for destructors call it.
#pragma once

#include <racekit/platform/site.hpp>

#include <cstddef>
#include <cstdio>
#include <string>
#include <utility>

namespace racekit {

/// What a loop had not done when it was closed.
struct loop_leftovers {
    std::size_t calls = 0;   ///< queued and never made, steps of tasks too
    std::size_t timers = 0;  ///< not yet due
    std::size_t tasks = 0;   ///< begun, or about to begin, and not done

    [[nodiscard]] bool none() const noexcept { return calls + timers + tasks == 0; }
};

struct task_report {
    enum class kind { never_awaited, error_never_read, left_in_loop };

    kind what;
    site where;           ///< of the coroutine; of close(), or none
    std::string error;    ///< of error_never_read, if it is a std::exception
    loop_leftovers left;  ///< of left_in_loop

    [[nodiscard]] std::string text() const {
        std::string const place = std::string(where.file) + ":" + std::to_string(where.line);
        switch (what) {
            case kind::never_awaited:
                return "the task of " + std::string(where.function) + " (" + place +
                       ") was never awaited: nothing of it has run";
            case kind::error_never_read: return "an error was never read: " + error;
            case kind::left_in_loop: break;
        }
        return "an event loop was closed with work that was not done (calls: " +
               std::to_string(left.calls) + ", timers: " + std::to_string(left.timers) +
               ", tasks: " + std::to_string(left.tasks) +
               (where.line != 0 ? "), at " + place : "), by its end");
    }
};

/// A line on standard error.
inline void print_task_report(task_report const& one) noexcept {
    std::fprintf(stderr, "racekit: %s\n", one.text().c_str());
}

using task_reporter = void (*)(task_report const&) noexcept;

namespace task_detail {
// One for the program, and no atomic: it is set before other threads use tasks.
inline task_reporter& reporter() noexcept {
    static constinit task_reporter now = &print_task_report;
    return now;
}
inline void report(task_report const& one) noexcept {
    if (reporter() != nullptr) reporter()(one);
}
}  // namespace task_detail

/// Sends reports to `to` from now on, nullptr: nowhere. Returns where they went before. Call it
/// before other threads use tasks and loops.
inline task_reporter send_task_reports(task_reporter to) noexcept {
    return std::exchange(task_detail::reporter(), to);
}

}  // namespace racekit
