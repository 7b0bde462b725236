// SPDX-License-Identifier: MIT
// The tsan detector: test bodies under ThreadSanitizer, with a controlled schedule or free.
#pragma once

#include <racekit/detector.hpp>

namespace racekit::tsan {

/// Modes: "controlled" (the default: one thread at a time, same seed same sequence), "free" (the
/// operating system schedules the threads). Test bodies with processes run as real processes.
/// Findings are TSan's reports, failed checks, deadlocks, hangs and uncaught exceptions.
[[nodiscard]] observation look(scenario const& what, variant which, settings const& how);

}  // namespace racekit::tsan
