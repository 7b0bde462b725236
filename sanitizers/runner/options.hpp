// SPDX-License-Identifier: MIT
// What the command line of a scenario program asks for.
#pragma once

#include <racekit/detector.hpp>

#include <string>

namespace racekit::runner {

/// Exit codes beside those of verdicts.
inline constexpr int exit_usage = 2;
inline constexpr int exit_internal = 70;
inline constexpr int exit_skipped = 77;  ///< there was nothing to run, as promised

struct options {
    std::string scenario;
    std::string variant;
    std::string detector;
    std::string json_file;
    settings how;
    bool list = false;
    bool kinds = false;
    bool runs = false;
    bool quiet = false;
    bool in_process = false;
    unsigned width = 0;  ///< columns of the output; 0: as the terminal has
};

/// Reads the words; a wrong one ends the program with one line on stderr and exit_usage.
[[nodiscard]] options read_options(int count, char** words);

/// One line on stderr, then the end of the program: exit_usage.
[[noreturn]] void complain(std::string const& what);

}  // namespace racekit::runner
