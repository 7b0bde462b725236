// SPDX-License-Identifier: MIT
// TSan's options, compiled in, so that a bare program behaves as it does under ctest; and a plain
// word where TSan cannot start.
#include "start_up.hpp"

#include <racekit/platform/tsan/unseen.hpp>

extern "C" {

/// The TSan runtime calls it early, before it lays out its memory.
RACEKIT_UNSEEN char const* __tsan_default_options() {
    racekit::tsan::stop_if_hopeless();
    // No report may hide another, and none may be held back:
    //   suppress_equal_stacks  a second race at the same place is still a race
    //   history_size=7         an older access is remembered as long as it can be
    //   second_deadlock_stack  both ends of a lock-order inversion
    //   atexit_sleep_ms=0      programs end at once; stories are waited for
    return "suppress_equal_stacks=0:history_size=7:"
           "second_deadlock_stack=1:atexit_sleep_ms=0:report_signal_unsafe=1";
}

/// Empty for good, as suppressions.txt. Defined here, another one would not link.
RACEKIT_UNSEEN char const* __tsan_default_suppressions() { return ""; }

}  // extern "C"
