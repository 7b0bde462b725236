// SPDX-License-Identifier: MIT
// Pseudo-random numbers of the program.
#pragma once

namespace racekit::unmodified {

/// A new execution: they begin anew.
void forget_random_numbers();

}  // namespace racekit::unmodified
