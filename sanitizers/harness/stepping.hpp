// SPDX-License-Identifier: MIT
// Single-steps the calling thread, and kills the process at a chosen machine instruction.
//
// It uses the trap flag of the processor, so no debugger process is needed; x86 only. A step takes
// microseconds. That is useful: the window between two instructions becomes long for the other
// processes.
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

/// Called after each step, with its number and the address of the next instruction. In a signal
/// handler.
using watcher = void (*)(std::uint64_t step, std::uintptr_t next);

/// Starts single-stepping this thread. It counts the steps in `count`, from 1, and sends SIGKILL to
/// the process at step `kill_at`.
void start(std::uint64_t kill_at, std::atomic<std::uint64_t>& count, watcher watch = nullptr);
void stop();

}  // namespace racekit::stepping
