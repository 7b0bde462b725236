// SPDX-License-Identifier: MIT
// From the events of a controlled round to the rows of an interleaving.
#pragma once

#include "controller.hpp"

#include <racekit/finding.hpp>

#include <vector>

namespace racekit::tsan {

[[nodiscard]] std::vector<step> steps_of(std::vector<event> const& events,
                                         std::string const& scenario_file);

/// Adds the threads of an unfinished round to the finding: what each waits for, and where.
void add_unfinished_threads(std::vector<controller::unfinished_thread> const& unfinished,
                      std::string const& scenario_file, finding& found);

}  // namespace racekit::tsan
