// SPDX-License-Identifier: MIT
// Signals that the program sends itself: its handlers run at once, in the thread that sends.
#pragma once

namespace racekit::unmodified {

/// A new execution: no signal has a handler.
void forget_handlers();

}  // namespace racekit::unmodified
