// SPDX-License-Identifier: MIT
// The end of a thread: after its function, its thread_local objects are destroyed.
#pragma once

namespace racekit::tsan {

/// Calls `function(argument)` when this thread ends, after the destructors of its thread_local
/// objects. At most one call per thread: a later one replaces the earlier one.
void call_at_thread_end(void (*function)(void*), void* argument);

/// Whether a thread_local object of this thread has a destructor that will run when it ends.
[[nodiscard]] bool has_thread_local_destructors() noexcept;

}  // namespace racekit::tsan
