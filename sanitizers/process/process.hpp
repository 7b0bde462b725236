// SPDX-License-Identifier: MIT
// The process detector: real processes over shared memory, and real death.
#pragma once

#include <racekit/detector.hpp>

namespace racekit::processes {

/// Plays the story in a fresh process for each member of the cast, round after round. A member that
/// the story lets die gets SIGKILL at seeded random instants of its life; a member that never ends
/// is a "hang", one that dies otherwise is a "crash". Silence is evidence of the rounds and kills
/// it ran.
[[nodiscard]] observation look(scenario const& what, variant which, settings const& how);

}  // namespace racekit::processes
