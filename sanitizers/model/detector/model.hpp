// SPDX-License-Identifier: MIT
// The model detector: the executions of a scenario on the C++20 memory model, all of them if there
// is time.
#pragma once

#include <racekit/detector.hpp>

namespace racekit::model {

/// Modes, here strategies: "exhaustive", "bounded", "pct", "pos", "random"; "" is a few
/// thousand of bounded, then exhaustive and, where that does not end, all the others in turn.
[[nodiscard]] observation look(scenario const& what, variant which, settings const& how);

}  // namespace racekit::model
