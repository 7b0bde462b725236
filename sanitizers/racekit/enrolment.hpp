// SPDX-License-Identifier: MIT
// How a scenario gets into a program: what is checked then, and what happens to one that fails.
//
// A scenario that cannot be enrolled does not stop the program: it is kept as a line of text, which
// `--list` and `--runs` print, so that one bad file does not hide the others of a project.
#pragma once

#include <racekit/registry.hpp>

#include <string>
#include <vector>

namespace racekit {

/// Enrols a scenario when the program starts.
struct enrolled {
    /// `file_stem`: the name that the build enrolled the file by; the scenario must have the same.
    /// Empty where a program names its scenarios itself. `command`: how the build's user calls the
    /// command line, for the lines that a finding prints. `known`: the names of all detectors of
    /// the build, with commas between them; a promise for another one is an error. Empty: unknown.
    explicit enrolled(scenario what, char const* file_stem = "", char const* command = "",
                      char const* known = "");
};

/// Why a scenario of this program is not in the registry.
struct enrolment_error {
    std::string file;
    std::string text;  ///< one line: what is wrong and what to do
};

[[nodiscard]] std::vector<enrolment_error> const& enrolment_errors();

/// From now on none gets in: where the constructors of global objects run in each execution.
void close_enrolment();

/// How to call the command line for this build: $RACEKIT_COMMAND, else what the build said.
[[nodiscard]] std::string command_line();

/// A detector whose promise has a field of its own in the description, and what it can run: every
/// scenario with a racy variant has to state it. All other detectors are entered into the table of
/// detector.hpp, which has a promise for scenarios that do not mention them.
struct promise_field {
    char const* detector;
    promise description::*field;
    bool threads;
    bool processes;
};

inline constexpr promise_field promise_fields[] = {
    {"stress", &description::stress, true, false},
    {"process", &description::process, false, true},
    {"tsan", &description::tsan, true, true},
    {"model", &description::model, true, true},
};

/// The promise for a detector, by its name: what the description states, else absent if the
/// detector cannot run the scenario, else what its row has for scenarios that do not mention it.
[[nodiscard]] promise promised(scenario const& what, char const* detector);

/// The detectors that this program knows a promise for: those with a field, in any flavour, then
/// the others of this program.
[[nodiscard]] std::vector<char const*> promising_detectors();

}  // namespace racekit
