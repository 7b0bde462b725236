// The model detector: a scenario's executions on Relacy's memory model, all of them if there is time.
#pragma once

#include <racekit/detector.hpp>

namespace racekit::model {

/// Modes: "" exhaustive, then random where that does not end; "exhaustive"; "random".
[[nodiscard]] observation look(scenario const& what, variant which, settings const& how);

}  // namespace racekit::model
