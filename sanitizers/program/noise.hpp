// SPDX-License-Identifier: MIT
// Noise in a program as it is: at points that the compiler and the linker put into it, a thread
// now and then loses some time. No signal is sent, so no system call of the program is interrupted.
#pragma once

#include <cstdint>

#if defined(RACEKIT_FLAVOUR_TSAN)
#include <racekit/platform/tsan/unseen.hpp>
#else
#define RACEKIT_UNSEEN
#endif

namespace racekit::program {

struct thread_noise {
    std::uint64_t state = 0;        ///< of the generator; 0: the thread has met no point yet
    std::uint32_t points_left = 0;  ///< until the next disturbance
    std::uint32_t disturbances = 0;
};

inline constinit thread_local thread_noise noise_of_thread{};

/// Takes a random time, and chooses the next point that does. An atomic operation that
/// ThreadSanitizer sees would be a point itself.
RACEKIT_UNSEEN void disturb();

/// Another thread may go on here, or later.
RACEKIT_UNSEEN inline void point() {
    if (noise_of_thread.points_left-- == 0) [[unlikely]]
        disturb();
}

}  // namespace racekit::program
