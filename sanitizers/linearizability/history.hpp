// SPDX-License-Identifier: MIT
// What was called, what came back, and which calls were over before which began.
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
    unsigned after = 0;  ///< bit i: call i was over before this one began
};

/// The calls of each thread stand in its order. A pending call is of a thread that died, and may
/// have happened or not; or, in a stuck history, of one that waits.
struct history {
    std::vector<call> calls;
    bool stuck = false;  ///< nobody can go on: every pending call waits for ever
};

/// Two histories with one key are the same but for the moments at which things happened.
[[nodiscard]] std::string key_of(history const& what);

struct explanation {
    bool allowed = false;
    std::vector<unsigned> order;  ///< one that the specification allows; else the longest try
};

/// Looks for an order of the calls that keeps `after` and that the specification allows, as Wing
/// and Gong (1993) do, remembering (calls done, state) as Lowe (2017) does. In a stuck history it
/// must end in a state in which every pending call waits, as Burckhardt, Dern, Musuvathi and Tan
/// (2010) ask: a call that waits for ever though the specification lets it through is a lost
/// wake-up.
[[nodiscard]] explanation explain(subject const& what, history const& told);

/// The calls, one a line, and if they are not allowed how far an order got and what stood in its
/// way.
[[nodiscard]] std::string told(subject const& what, history const& of, explanation const& why);

}  // namespace racekit::linearity
