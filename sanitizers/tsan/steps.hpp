// SPDX-License-Identifier: MIT
// From the events of a controlled round to the rows of an interleaving.
#pragma once

#include "controller.hpp"

#include <racekit/finding.hpp>

#include <vector>

namespace racekit::tsan {

[[nodiscard]] std::vector<step> steps_of(std::vector<event> const& events,
                                         std::string const& scenario_file);

/// Who waits for what, for a round that did not finish: the places and the words of the finding.
void tell_whereabouts(std::vector<controller::sojourn> const& unfinished,
                      std::string const& scenario_file, finding& found);

}  // namespace racekit::tsan
