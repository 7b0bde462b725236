// SPDX-License-Identifier: MIT
// The source line of the code under test that called into the kit, where no argument carries it: a
// destructor, a delete expression, free().
#pragma once

#include <racekit/platform/site.hpp>

namespace racekit::model {

/// Walks the frame pointers of the current stack and returns the first place outside the kit and
/// the standard library. Line 0: not known (no debug information, no symbolizer). Costs
/// milliseconds the first time for each call path; `wanted` false returns line 0 at once.
[[nodiscard]] site caller_of_the_kit(bool wanted);

}  // namespace racekit::model
