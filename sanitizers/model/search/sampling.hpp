// SPDX-License-Identifier: MIT
// The part of a search that samples executions, or deepens a bound.
#pragma once

#include "search_state.hpp"

namespace racekit::model {

/// Searches by the strategy that the options name until the time or the executions are over; the
/// portfolio takes deeper bounds, pct, partial order sampling and random walks in turn.
void sample(search_state& state);

}  // namespace racekit::model
