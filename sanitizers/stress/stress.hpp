// SPDX-License-Identifier: MIT
// The stress detector: the same native threads run many rounds under preemption noise. Each round
// evaluates the checks and counts the outcome; a hang is a finding.
#pragma once

#include <racekit/detector.hpp>

namespace racekit::stress {

/// Sees only the executions that happen on this machine. A clean result covers only its rounds.
[[nodiscard]] observation look(scenario const& what, variant which, settings const& how);

}  // namespace racekit::stress
