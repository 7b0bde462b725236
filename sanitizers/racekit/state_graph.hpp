// SPDX-License-Identifier: MIT
// Every state of a small program and the steps between them, as data for a reader who chooses.
#pragma once

#include <racekit/finding.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace racekit {

/// A step of one thread, with one choice of what it reads.
struct graph_edge {
    int thread = 0;
    std::size_t to = 0;       ///< number of the state that it leads to
    std::vector<step> steps;  ///< what the trace says of it: usually one row
};

/// Two orders of steps that do not depend on each other lead to the same state.
struct graph_state {
    std::vector<graph_edge> edges;
    std::uint32_t waiting = 0;  ///< a set of threads: they have announced what they cannot do yet
    bool ended = false;         ///< an execution ends here
    /// Of the finding of the execution that ends here; empty: it passes. In a state that is no end
    /// it is a data race that has happened already.
    std::string kind;
    std::string consequence;
};

/// State 0 is the beginning.
struct state_graph {
    std::vector<graph_state> states;
    int threads = 0;
    bool complete = false;  ///< false: it has more states than were allowed
};

}  // namespace racekit
