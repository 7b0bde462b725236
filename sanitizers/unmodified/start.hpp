// SPDX-License-Identifier: MIT
// What the C library was asked to start.
#pragma once

namespace racekit::unmodified {

struct started_program {
    int (*main)(int, char**, char**) = nullptr;
    int count = 0;  ///< of the program's own words, its name included
    char** words = nullptr;
    char** environment = nullptr;
    bool holds_scenarios = false;  ///< main() is a test body then, which must return
};
[[nodiscard]] started_program& the_program();

/// Before the first execution.
void prepare_executions();

}  // namespace racekit::unmodified
