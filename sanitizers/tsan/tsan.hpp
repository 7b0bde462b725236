// SPDX-License-Identifier: MIT
// The tsan detector: a story's threads under ThreadSanitizer, with a controlled schedule or free.
#pragma once

#include <racekit/detector.hpp>

namespace racekit::tsan {

/// Modes: "controlled" (the default: one thread at a time, same seed same sequence), "free"
/// (threads as the system runs them); stories with processes run as real processes. TSan's reports,
/// broken claims, deadlocks, hangs and escaped exceptions are findings.
[[nodiscard]] observation look(scenario const& what, variant which, settings const& how);

}  // namespace racekit::tsan
