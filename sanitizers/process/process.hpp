// SPDX-License-Identifier: MIT
// The process detector: real processes over shared memory, some of which are killed.
#pragma once

#include <racekit/detector.hpp>

namespace racekit::processes {

/// Runs the test body in newly forked processes, round after round. A mortal process gets SIGKILL
/// at seeded random times. A process that does not end is a "hang", one that dies otherwise a
/// "crash". A clean result covers only its rounds and kills.
[[nodiscard]] observation look(scenario const& what, variant which, settings const& how);

}  // namespace racekit::processes
