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
    /// command line, for the lines that a finding prints.
    explicit enrolled(scenario what, char const* file_stem = "", char const* command = "");
};

/// Why a scenario of this program is not in the registry.
struct enrolment_error {
    std::string file;
    std::string text;  ///< one line: what is wrong and what to do
};

[[nodiscard]] std::vector<enrolment_error> const& enrolment_errors();

/// How to call the command line for this build: $RACEKIT_COMMAND, else what the build said.
[[nodiscard]] std::string command_line();

/// A detector, the field of the description that holds its promise, and what it can run.
struct promise_field {
    char const* detector;
    promise description::*field;
    bool threads;
    bool processes;
};

/// The one table of detectors; their order is that of every list and table that is printed.
inline constexpr promise_field promise_fields[] = {
    {"stress", &description::stress, true, false},
    {"process", &description::process, false, true},
    {"tsan", &description::tsan, true, true},
    {"model", &description::model, true, true},
};

/// The promise that the description makes for a detector, by its name.
[[nodiscard]] promise promised(scenario const& what, char const* detector);

}  // namespace racekit
