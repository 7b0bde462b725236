// SPDX-License-Identifier: MIT
// Signals that the program sends itself: its handlers run at once, in the thread that sends, unless
// it blocks them (pending_signals.hpp).
#pragma once

namespace racekit::unmodified {

/// A new execution: no signal has a handler.
void forget_handlers();
/// Runs the handler in the current thread, or ends the execution if there is none.
int deliver_signal(int signal);

}  // namespace racekit::unmodified
