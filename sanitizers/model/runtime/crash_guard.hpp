// SPDX-License-Identifier: MIT
// Guards the explorer against a test body that crashes, overflows its stack or does not return.
#pragma once

namespace racekit::model {

/// While it lives, a fatal signal in a test body, and a test body without a visible operation for
/// some seconds end the execution with a finding ("crash", "stack overflow", "hang") instead of the
/// process.
class crash_guard {
public:
    crash_guard();
    ~crash_guard();
    crash_guard(crash_guard const&) = delete;
    crash_guard& operator=(crash_guard const&) = delete;
};

}  // namespace racekit::model
