// SPDX-License-Identifier: MIT
// Whether the calls of the program reach the model.
#pragma once

#include "model/runtime/heap.hpp"

namespace racekit::unmodified {

/// Since an execution of the program has started a thread, or waited for one. Before that nothing
/// can race, and operations on memory are made as they stand.
inline bool has_threads = false;

/// Whether the program runs, and not the kit.
[[nodiscard]] inline bool in_program() { return model::heap::in_test_body(); }
/// Whether what it does now can meet what another thread does.
[[nodiscard]] inline bool is_watched() { return has_threads && in_program(); }

/// Thread 0 is about to start the first thread, or to wait for one.
void begin_threads();

}  // namespace racekit::unmodified
