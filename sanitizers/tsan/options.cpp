// SPDX-License-Identifier: MIT
// TSan's options, compiled in, so that a program behaves the same with and without ctest; and a
// clear message if TSan cannot start.
#include "start_up.hpp"

#include <racekit/platform/tsan/unseen.hpp>

extern "C" {

/// The TSan runtime calls it early, before it lays out its memory.
RACEKIT_UNSEEN char const* __tsan_default_options() {
    racekit::tsan::exit_if_tsan_cannot_start();
    // No report may hide another one, and none may be suppressed:
    //   suppress_equal_stacks  a second race at the same place is still a race
    //   history_size=7         the longest history of older accesses
    //   second_deadlock_stack  both ends of a lock-order inversion
    //   atexit_sleep_ms=0      programs end at once: the detector has waited for all threads
    //   die_after_fork=0       a forked process may start threads; TSan does not check those
    return "suppress_equal_stacks=0:history_size=7:"
           "second_deadlock_stack=1:atexit_sleep_ms=0:report_signal_unsafe=1:"
           "die_after_fork=0";
}

/// Always empty, like suppressions.txt. A second definition would not link.
RACEKIT_UNSEEN char const* __tsan_default_suppressions() { return ""; }

}  // extern "C"
