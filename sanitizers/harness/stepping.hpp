// SPDX-License-Identifier: MIT
// Running the calling thread one machine instruction at a time, and killing the process at a chosen
// one.
//
// The processor's own trap does it, so nobody else has to run; x86 only. It is slow (microseconds
// for each instruction) and that is useful: what stands between two instructions becomes long for
// others.
#pragma once

#include <atomic>
#include <cstdint>

namespace racekit::stepping {

#if defined(__x86_64__)
inline constexpr bool is_possible = true;
#else
inline constexpr bool is_possible = false;
#endif

inline constexpr std::uint64_t never = UINT64_MAX;

/// From here on this thread steps and counts its steps in `count`, from 1; SIGKILL to the process
/// at step `kill_at`.
void start(std::uint64_t kill_at, std::atomic<std::uint64_t>& count);
void stop();

}  // namespace racekit::stepping
