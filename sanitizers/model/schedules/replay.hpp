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
    std::vector<deviation> deviations;  ///< of the execution to be told
    bool same = true;       ///< it is the execution that the seal promises; without a seal: always
    bool again = true;      ///< it ends in what the seal promises; without a seal: always
    std::size_t wanted = 0;    ///< deviations, or steps, of the schedule
    std::size_t followed = 0;  ///< of them
    std::size_t moved = 0;     ///< steps by which deviations were moved, in all
    std::uint64_t executions = 1;
};

/// Plays the schedule. If another execution comes of it than its seal promises, the program is
/// another one: then what the seal promises to find is looked for near it as well, with deviations
/// moved by up to three steps, those of one thread or of all from some step on first, as when an
/// operation was added or left out there. `within` is how the schedule is to be told.
[[nodiscard]] replayed replay(test_body& body, exploration_config config, schedule const& script,
                              bool near_it = true);

/// What is said where it is not the same.
[[nodiscard]] std::string of_another_program(replayed const& seen, schedule const& script);

}  // namespace racekit::model
