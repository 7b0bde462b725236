// SPDX-License-Identifier: MIT
// Signals that wait until their thread takes them: blocked ones, for sigwait() and its kind, and
// for the end of the blocking. A signal is ordered before what follows its delivery.
#pragma once

namespace racekit::unmodified {

/// A new execution: no signal is blocked, and none waits.
void forget_pending_signals();
/// A new thread has the mask of the one that starts it.
void inherit_signal_mask(int thread);

/// For a thread, or for the process (-1): keeps the signal if it is blocked. False: it is to be
/// delivered to the current thread at once.
[[nodiscard]] bool keeps_signal(int thread, int signal);
/// While a handler runs, its own signal is blocked.
class blocked_in_handler {
public:
    blocked_in_handler(int signal, bool blocks);
    ~blocked_in_handler();
    blocked_in_handler(blocked_in_handler const&) = delete;
    blocked_in_handler& operator=(blocked_in_handler const&) = delete;

private:
    unsigned long before_;
};

}  // namespace racekit::unmodified
