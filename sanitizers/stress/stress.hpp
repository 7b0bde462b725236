// SPDX-License-Identifier: MIT
// The stress detector: the same cast of threads through many rounds, natively, under pre-emption
// noise; claims checked and outcomes counted each round; a hang is a finding.
#pragma once

#include <racekit/detector.hpp>

namespace racekit::stress {

/// Sees what this machine happens to do, nothing more: silence is evidence of the rounds it ran.
[[nodiscard]] observation look(scenario const& what, variant which, settings const& how);

}  // namespace racekit::stress
