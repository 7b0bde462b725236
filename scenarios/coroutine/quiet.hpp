// SPDX-License-Identifier: MIT
// Racy variants lose tasks and calls in every execution: they are not reported one by one.
#pragma once

#include <racekit/task/task_report.hpp>

namespace racekit::quiet {

inline task_reporter const before = send_task_reports(nullptr);

}  // namespace racekit::quiet
