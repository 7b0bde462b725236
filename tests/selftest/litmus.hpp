// SPDX-License-Identifier: MIT
// The classic litmus tests as data: what C++20 allows, and what the engine is declared to show.
#pragma once

#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace racekit::model::litmus {

/// Statements of a thread, separated by ';' (x, y, z are atomics that begin as 0, a .. f
/// registers):
///   x = 1 rlx            store (or of a register: y = a rlx)
///   a = x acq            load
///   a = x += 1 ar        fetch_add; a is what was there
///   a = x <- 1 sc        exchange
///   a = x cas 0 1 ar rlx     compare_exchange_strong: expected, desired, orders; a is what it saw
///   a = x weak 0 1 ar rlx    compare_exchange_weak
///   fence sc
/// An outcome is the registers' values in alphabetical order and then, if `finals` names atomics, a
/// slash and their last values: "10/2".
struct row {
    char const* name;
    std::vector<char const*> threads;
    char const* finals;
    char const* allowed;  ///< by C++20: see outcomes()
    char const* reason;
    char const* unsupported_outcome = "";         ///< allowed, and declared never to be shown
    char const* false_alarm = "";  ///< forbidden, and declared to be shown
    char const* because = "";      ///< why there is a gap or a false alarm
};

[[nodiscard]] std::vector<row> const& rows();

using outcome_set = std::set<std::string>;

/// Outcomes separated by blanks, braces expanded: "{0,1}0 11"; or all combinations of the values
/// that each register and last value can have, some left out: "all -10".
[[nodiscard]] outcome_set outcomes(row const& of, std::string_view text);

/// Everything that the model shows.
[[nodiscard]] outcome_set shown_by_model(row const& of);

}  // namespace racekit::model::litmus
