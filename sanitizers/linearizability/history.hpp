// SPDX-License-Identifier: MIT
// A history: calls, their results, and their real-time order.
#pragma once

#include <racekit/linearizable.hpp>

#include <string>
#include <vector>

namespace racekit::linearity {

inline constexpr std::size_t most_calls = 32;

struct call {
    int thread = 0;
    unsigned operation = 0;
    unsigned result = any_result;
    bool completed = false;
    unsigned after = 0;  ///< bit i: call i returned before this one began
};

/// The calls of each thread are in program order. A pending call belongs to a thread that died, and
/// may have taken effect or not; in a stuck history it belongs to a blocked thread.
struct history {
    std::vector<call> calls;
    bool stuck = false;  ///< all threads are blocked: every pending call waits for ever
};

/// Histories with equal keys differ only in the times of their calls.
[[nodiscard]] std::string key_of(history const& what);

struct explanation {
    bool allowed = false;
    std::vector<unsigned> order;  ///< a linearization; if there is none, the longest attempt
};

/// Searches for a linearization: an order of the calls that respects `after` and that the
/// specification allows (Wing and Gong 1993), with a cache of (calls done, state) pairs (Lowe
/// 2017). In a stuck history it must end in a state in which every pending call blocks (Burckhardt,
/// Dern, Musuvathi and Tan 2010): a call that waits for ever though the specification does not
/// block it is a lost wake-up.
[[nodiscard]] explanation explain(subject const& what, history const& of);

/// The calls, one per line. If there is no linearization: the longest attempt, and the calls that
/// could not follow it.
[[nodiscard]] std::string to_text(subject const& what, history const& of, explanation const& why);

}  // namespace racekit::linearity
