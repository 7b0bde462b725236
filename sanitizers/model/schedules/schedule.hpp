// SPDX-License-Identifier: MIT
// A schedule as text: where an execution deviates from the default, and a seal.
//
//     0@3:1.1@2:0.1@4=01~5c1e90ab12cd.deadlock
//
// By default thread 0 begins, a thread continues while it can, then the lowest thread that can goes
// next, and every other decision is 0. `0@3:1` deviates: after step 3 of thread 0, thread 1 goes.
// `:1` is the thread that begins. `1@4=01` are the decisions within step 4 of thread 1, one base-36
// digit each, without zeros at the end. The word `default` is a schedule without deviations. The
// seal holds a hash of the scenario and variant, a hash of the execution, and the kind of the
// finding (of an ABA also its consequence: `.aba.failed_check`). Without a seal nothing is checked.
//
// A place is counted in steps of its own thread, because these numbers change least when the source
// changes. One more operation in thread 0 moves only the later deviations of thread 0, and by one.
// Numbers of steps of all threads together would move for every thread; source lines move with
// every line above them and do not name the iteration of a loop.
//
// `RACE+CONSEQUENCE` are two schedules: the second is of an execution in which accesses to what
// races in the first are steps (exploration_config::steps_at).
//
// The whole list of steps is a schedule too: `0.1.3*0/01~5c1e90ab12cd` are the threads in order, a
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
    static constexpr int nobody = -1;    ///< (thread) no step yet: the choice of the first thread
    static constexpr int next_thread = -1;  ///< (decision) the choice of the next thread

    int thread = nobody;  ///< the thread that went last, or that makes the step
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
    std::string kind = {};    ///< of its finding; may be empty
    std::string outcome = {};  ///< of an ABA: the kind of its consequence
    bool deviates = false;    ///< `deviations` count, not the lists
    std::vector<deviation> deviations = {};
    /// The execution in which the races are found whose places are steps in this one.
    std::optional<std::vector<deviation>> race = {};
};

[[nodiscard]] std::string to_text(schedule const& what);

/// Throws usage_error with the wrong character and what was expected there.
[[nodiscard]] schedule parse_schedule(std::string const& text);

/// Deviations, and the seal of an execution of this scenario and variant, in which `found` was.
[[nodiscard]] schedule sealed(std::vector<deviation> deviations, execution_record const& what,
                              std::optional<error> const& found,
                              std::string const& scenario_id, variant which);
[[nodiscard]] std::string owner_of(std::string const& scenario_id, variant which);
/// The same for a check that is no scenario; `whose` names it, in any words.
[[nodiscard]] schedule sealed(std::vector<deviation> deviations, execution_record const& what,
                              std::optional<error> const& found, std::string const& whose);
[[nodiscard]] std::string owner_of(std::string const& whose);
[[nodiscard]] std::string fingerprint_of(execution_record const& what);

/// The highest thread that it names; -1: none.
[[nodiscard]] int highest_thread(schedule const& what);

/// Changes of thread.
[[nodiscard]] std::size_t switches(std::vector<std::uint8_t> const& threads);

}  // namespace racekit::model
