// SPDX-License-Identifier: MIT
// The program around a scenario.
#pragma once

namespace racekit::runner {

/// Does what the words ask for; returns the exit code, or ends the process with it.
int run(int count, char** words);

}  // namespace racekit::runner
