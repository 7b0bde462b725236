// SPDX-License-Identifier: MIT
// Whether TSan can run here at all, and whether it can be trusted to report.
#pragma once

#include <string>

namespace racekit::tsan {

/// What decides whether TSan can lay out its memory.
struct surroundings {
    bool address_space_limited = false;  ///< ulimit -v
    long random_bits = 0;                ///< vm.mmap_rnd_bits; 0 unknown
    bool randomised = true;              ///< address space layout, for this process
    bool may_turn_off = true;            ///< personality(ADDR_NO_RANDOMIZE) is permitted
};

/// Why TSan cannot start, one line that ends in what to do about it; null: it can.
[[nodiscard]] char const* obstacle(surroundings const& here);

/// Ends the program with that line and exit code 3 if there is an obstacle. Callable before TSan
/// runs.
void stop_if_hopeless();

/// Why TSan's silence could not be trusted with these TSAN_OPTIONS, one line; "" if it can.
[[nodiscard]] std::string distrust(char const* tsan_options);

}  // namespace racekit::tsan
