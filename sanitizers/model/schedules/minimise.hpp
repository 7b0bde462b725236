// SPDX-License-Identifier: MIT
// The same failure with fewer changes of thread.
#pragma once

#include "model/core/engine.hpp"
#include "schedule.hpp"

#include <string>

namespace racekit::model {

struct least {
    schedule script;           ///< by its deviations; or what it was asked to minimise, unchanged
    std::size_t switches = 0;  ///< changes of thread
    bool fewest = false;       ///< all executions with fewer were played: none ends so
};

/// Leaves deviations out as long as the execution still ends in `kind` (Zeller's delta debugging);
/// steps of one thread that others come between are brought together where the failure stays. Then
/// plays the executions with fewer changes of thread, first those with the fewest, at most
/// `executions` of them, to find what such steps do not lead to or that there is nothing. `within`
/// must be how the schedule is to be replayed. Leaves `from` alone if it does not end in `kind`.
[[nodiscard]] least minimised(test_body& body, exploration_config config, schedule const& from,
                              std::string const& kind, std::uint64_t executions = 100'000);

}  // namespace racekit::model
