// SPDX-License-Identifier: MIT
// A schedule as text: where an execution deviates from the default, and a seal.
//
//     0@3:1.1@2:0.1@4=01~5c1e90ab12cd.deadlock
//
// By default thread 0 begins, a thread goes on while it can, then the lowest that can takes over,
// and every other decision is 0. `0@3:1` deviates: after step 3 of thread 0, thread 1 goes. `:1` is
// who begins, `1@4=01` are the decisions within step 4 of thread 1, one base-36 digit each, zeros
// at the end left out, and the word `default` is no deviation at all. The seal says which scenario
// and variant it belongs to, what execution it must give and what is found there (of an ABA also
// what comes of it: `.aba.failed_check`); without one nothing is checked.
//
// A place is counted in steps of one thread, not of all: these numbers change least when the source
// does. One operation more in thread 0 moves only what deviates later in thread 0, and by one; what
// happens in thread 1, or when two other operations changed places, stays where it was. Numbers of
// steps overall move for every thread. Source lines move with every line above them, and say
// nothing of which turn of a loop is meant.
//
// The whole list of steps is understood too: `0.1.3*0/01~5c1e90ab12cd` are the threads in order, a
// run as `3*0`, then the other decisions. It has neither a colon nor an equals sign.
#pragma once

#include "model/core/engine.hpp"

#include <racekit/detector.hpp>

#include <optional>
#include <string>
#include <string_view>

namespace racekit::model {

/// One choice that is not the default one.
struct deviation {
    static constexpr int nobody = -1;    ///< (thread) has gone yet: it is about who begins
    static constexpr int next_thread = -1;  ///< (decision) it is about who goes next

    int thread = nobody;  ///< who went last, or whose step it is
    unsigned step = 0;    ///< of its own
    int decision = next_thread;  ///< which of those within the step
    std::uint8_t choice = 0;

    bool operator==(deviation const&) const = default;
};

struct schedule {
    std::vector<std::uint8_t> threads;
    std::vector<std::uint8_t> decisions;
    std::string owner;        ///< four hex digits; empty: unsealed
    std::string fingerprint;  ///< eight hex digits
    std::string kind = {};    ///< what it leads to; may be empty
    std::string outcome = {};  ///< of an ABA: the kind of what came of it
    bool deviates = false;    ///< `deviations` count, not the lists
    std::vector<deviation> deviations = {};
};

[[nodiscard]] std::string to_text(schedule const& what);

/// Throws usage_error, saying at which character it goes wrong and what was expected.
[[nodiscard]] schedule parse_schedule(std::string const& text);

/// Deviations, and the seal of an execution of this scenario and variant, in which `found` was.
[[nodiscard]] schedule sealed(std::vector<deviation> deviations, execution_record const& what,
                              std::optional<error> const& found,
                              std::string const& scenario_id, variant which);
[[nodiscard]] std::string owner_of(std::string const& scenario_id, variant which);
/// The same of what is no scenario: `whose` says in its own words what the schedule is of.
[[nodiscard]] schedule sealed(std::vector<deviation> deviations, execution_record const& what,
                              std::optional<error> const& found, std::string const& whose);
[[nodiscard]] std::string owner_of(std::string const& whose);
[[nodiscard]] std::string fingerprint_of(execution_record const& what);

/// The highest thread that it names; -1: none.
[[nodiscard]] int highest_thread(schedule const& what);

/// Changes of thread.
[[nodiscard]] std::size_t switches(std::vector<std::uint8_t> const& threads);

}  // namespace racekit::model
