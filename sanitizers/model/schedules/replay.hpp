// SPDX-License-Identifier: MIT
// Follows a schedule: exactly or, where the program has changed since, as far as it goes and near
// it.
#pragma once

#include "model/core/engine.hpp"
#include "schedule.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace racekit::model {

struct replayed {
    std::vector<deviation> deviations;  ///< of the execution to be reported
    bool same = true;       ///< it is the execution that the seal promises; without a seal: always
    bool again = true;      ///< it ends in what the seal promises; without a seal: always
    std::size_t wanted = 0;    ///< deviations, or steps, of the schedule
    std::size_t followed = 0;  ///< of them
    std::size_t moved = 0;     ///< steps by which deviations were moved, in all
    std::uint64_t executions = 1;
};

/// Plays the schedule. If the execution differs from the one that its seal names, the program has
/// changed. Then the finding of the seal is searched for near it, with deviations moved by up to
/// three steps; first those of one thread, or of all threads, from some step on, as if an operation
/// was added or removed there.
[[nodiscard]] replayed replay(test_body& body, exploration_config config, schedule const& script,
                              bool near_it = true);

/// The text of a replay that is not the recorded execution.
[[nodiscard]] std::string of_another_program(replayed const& seen, schedule const& script);

}  // namespace racekit::model
