// SPDX-License-Identifier: MIT
// The classic litmus tests as data, and what the oracle, the engine and hardware make of them.
#pragma once

#include "oracle/program.hpp"

#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace racekit::litmus {

/// Threads are in the notation of oracle/program.hpp, with registers a, b, ...
/// An outcome is the registers' values in alphabetical order and then, if `finals` names atomics, a
/// slash and their last values: "10/2".
struct row {
    char const* name;
    std::vector<char const*> threads;
    char const* finals;
    char const* reason;  ///< why C++20 allows what it does
    char const* unsupported_outcome = "";  ///< allowed, and declared never to be shown
    char const* false_alarm = "";          ///< forbidden, and declared to be shown
    char const* because = "";              ///< why there is a gap or a false alarm
};

[[nodiscard]] std::vector<row> const& rows();

using outcome_set = std::set<std::string>;

/// Outcomes separated by blanks, braces expanded: "{0,1}0 11".
[[nodiscard]] outcome_set outcomes(std::string_view text);
[[nodiscard]] std::string in_words(outcome_set const& some);
[[nodiscard]] outcome_set without(outcome_set const& from, outcome_set const& what);

[[nodiscard]] oracle::program program_of(row const& of);
[[nodiscard]] std::string outcome_text(row const& of, oracle::program const& what,
                                       oracle::outcome const& ends);

/// Everything that C++20 allows, by the oracle.
[[nodiscard]] outcome_set allowed_by_cpp20(row const& of);
/// Everything that the model shows; "finding: ..." if it finds something.
[[nodiscard]] outcome_set shown_by_model(row const& of);

/// What hardware was seen to show, by the rows' names: litmus_hardware.txt. An empty key has the
/// machine. A row without a line is not in it.
using hardware_record = std::map<std::string, outcome_set>;
[[nodiscard]] hardware_record read_hardware_record(std::string const& file);
void write_hardware_record(std::string const& file, hardware_record const& record);

}  // namespace racekit::litmus
