// SPDX-License-Identifier: MIT
// The threads of one execution.
#pragma once

#include <span>

namespace racekit::unmodified {

struct known_object;

/// Thrown by pthread_exit(): the thread unwinds.
struct thread_exit {};

/// A new execution.
void forget_threads();
/// main() has left by pthread_exit(): the process ends when all threads have.
void wait_for_all_threads();
/// The process ends: no thread goes on that was not joined.
void end_other_threads();
/// Whether there were such.
[[nodiscard]] bool left_threads();
/// What a thread has stored by pthread_setspecific(), of all keys.
[[nodiscard]] std::span<void* const> values_of(int thread);

/// Taking a lock that is taken may wait for ever: then there are threads to wait for.
void begin_threads_if_taken(known_object const& lock);

}  // namespace racekit::unmodified
