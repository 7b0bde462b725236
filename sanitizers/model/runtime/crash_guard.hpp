// SPDX-License-Identifier: MIT
// What a story can do to the process that explores it: crash, overflow its stack, never come back.
#pragma once

namespace racekit::model {

/// While it lives, a fatal signal in a story and a story that makes no visible operation for some
/// seconds end the execution with a finding ("crash", "stack overflow", "hang") instead of the
/// process.
class crash_guard {
public:
    crash_guard();
    ~crash_guard();
    crash_guard(crash_guard const&) = delete;
    crash_guard& operator=(crash_guard const&) = delete;
};

}  // namespace racekit::model
