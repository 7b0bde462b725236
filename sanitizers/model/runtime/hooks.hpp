// SPDX-License-Identifier: MIT
// What the heap asks of the engine.
#pragma once

namespace racekit::model {

/// Who allocates; -1 outside the cast.
[[nodiscard]] int allocating_thread();

/// The heap has noted a fault: ends the execution with a finding and does not come back.
[[noreturn]] void report_heap_fault();

}  // namespace racekit::model
