// SPDX-License-Identifier: MIT
// Divides a history into independent partitions.
#pragma once

#include "timed_history.hpp"

#include <optional>
#include <string>
#include <vector>

namespace racekit::linearity {

struct partition {
    std::string name;  ///< empty: the whole history
    timed_history calls;
};

/// One partition for each name given to concerns(), since linearizability is local (Herlihy and
/// Wing 1990; Horn and Kroening 2015). The whole history in one if an operation has no partition.
[[nodiscard]] std::vector<partition> partitions_of(subject const& what, timed_history const& seen);

/// Tests by random walks whether the partitions are independent: each call must have the same
/// specified result in the whole specification and in its partition alone. Describes the first
/// difference; nullopt if none was found.
[[nodiscard]] std::optional<std::string> dependent_partitions(subject const& what);

}  // namespace racekit::linearity
