// SPDX-License-Identifier: MIT
// A history in parts that know nothing of each other.
#pragma once

#include "timed_history.hpp"

#include <optional>
#include <string>
#include <vector>

namespace racekit::linearity {

struct part {
    std::string name;  ///< empty: the whole
    timed_history calls;
};

/// One for each part that the operations concern, as linearizability is local (Herlihy and Wing
/// 1990; Horn and Kroening 2015); the whole in one if some operation concerns no part.
[[nodiscard]] std::vector<part> parts_of(subject const& what, timed_history const& seen);

/// Random walks through the specification, as a whole and in its parts side by side: what a call
/// gives must be the same, or else the parts know of each other. In words; nothing if none was
/// caught.
[[nodiscard]] std::optional<std::string> parts_know_of_each_other(subject const& what);

}  // namespace racekit::linearity
