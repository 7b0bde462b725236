// SPDX-License-Identifier: MIT
// Checks whether TSan can start here, and whether its options suppress reports.
#pragma once

#include <string>

namespace racekit::tsan {

/// The facts that decide whether TSan can map its shadow memory.
struct environment {
    bool address_space_limited = false;  ///< ulimit -v
    long random_bits = 0;                ///< vm.mmap_rnd_bits; 0 unknown
    bool randomised = true;              ///< address space layout, for this process
    bool may_turn_off = true;            ///< personality(ADDR_NO_RANDOMIZE) is permitted
};

/// Why TSan cannot start, and what to do, in one line; null if it can start.
[[nodiscard]] char const* start_obstacle(environment const& here);

/// Ends the program with that line and exit code 3 if TSan cannot start. It may be called before
/// TSan is initialised.
void exit_if_tsan_cannot_start();

/// Why a clean result could not be trusted with these TSAN_OPTIONS, in one line; "" if it can be.
[[nodiscard]] std::string reason_to_distrust(char const* tsan_options);

}  // namespace racekit::tsan
