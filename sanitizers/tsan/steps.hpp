// SPDX-License-Identifier: MIT
// From the events of a controlled round to the rows of an interleaving.
#pragma once

#include "controller.hpp"
#include "round_names.hpp"

#include <racekit/finding.hpp>

#include <vector>

namespace racekit::tsan {

/// The word for an operation in a step.
[[nodiscard]] char const* word_for(operation what);

[[nodiscard]] std::vector<step> steps_of(std::vector<event> const& events,
                                         std::string const& scenario_file,
                                         round_names const& names);

/// Adds what each unfinished thread waits for, if a round did not finish: places and text.
void add_unfinished_threads(std::vector<controller::unfinished_thread> const& unfinished,
                            std::string const& scenario_file, round_names const& names,
                            finding& found);

}  // namespace racekit::tsan
