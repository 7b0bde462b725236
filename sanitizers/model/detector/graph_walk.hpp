// SPDX-License-Identifier: MIT
// Every state of a small program, for a reader in the place of the scheduler.
#pragma once

#include "model/core/engine.hpp"

#include <racekit/state_graph.hpp>

#include <cstddef>
#include <cstdint>
#include <set>
#include <string>

namespace racekit::model {

struct walked {
    state_graph graph;
    std::uint64_t executions = 0;
    bool diverged = false;  ///< the same choices led to other choices than before
    std::set<std::string> kinds = {};  ///< of findings, and of what a race led to
};

/// Plays every choice of every state once: which thread goes, which store a load reads, which
/// sleeper wakes. Two orders of steps lead to one state if each thread made the same steps with the
/// same choices, and each object met the same steps in the same order but for reads next to each
/// other. This needs none of the rules of the search; unit.model_graph_walk compares it with the
/// unreduced search on random programs. Not complete if there are more than `most_states`.
[[nodiscard]] walked walk(test_body& body, exploration_config config, std::size_t most_states);

}  // namespace racekit::model
