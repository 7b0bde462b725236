// SPDX-License-Identifier: MIT
// Where a crash of the test body happened, for the process that waits for the run.
#pragma once

namespace racekit::tsan {

/// From now on a fatal signal, and an end that TSan's runtime makes of the program, leave their
/// stack in this_run() before the program dies of them. Call it once, in the thread that begins.
void record_crashes();

/// Gives the calling thread a stack for signals, so that the handler can run when the thread's own
/// is used up. Each thread calls it once.
void give_signal_stack();

}  // namespace racekit::tsan
