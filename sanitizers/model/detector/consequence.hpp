// SPDX-License-Identifier: MIT
// The search for what a data race leads to, in a process of its own: what racing accesses leave
// behind may destroy that process, and the finding of the race stays.
#pragma once

#include <racekit/finding.hpp>

#include <functional>

namespace racekit::model {

/// Does `search` in a forked process, for so long at most. What went wrong with it becomes the
/// result's `trouble`.
[[nodiscard]] race_consequence searched_apart(std::function<race_consequence()> const& search,
                                              double seconds);

}  // namespace racekit::model
