// SPDX-License-Identifier: MIT
// What a story can do to the process that explores it: crash, overflow its stack, never come back.
#pragma once

namespace racekit::model {

/// While it lives, a fatal signal in a story and a story that makes no visible operation for some
/// seconds end the execution with a finding ("crash", "stack overflow", "hang") instead of the
/// process.
class trouble_watch {
public:
    trouble_watch();
    ~trouble_watch();
    trouble_watch(trouble_watch const&) = delete;
    trouble_watch& operator=(trouble_watch const&) = delete;
};

}  // namespace racekit::model
