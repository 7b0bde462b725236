// SPDX-License-Identifier: MIT
// Proof in layers: which of a primitive's two forms its well-known name stands for.
#pragma once

namespace racekit {

/// Natively and under TSan a well-known name is its implementation.
template <class Implementation, class Specification>
using layered = Implementation;

/// The specifications exist only in the model.
namespace specification {
class mutex;
class shared_mutex;
class condition_variable;
class robust_mutex;
class process_mutex;
class semaphore;
class bounded_semaphore;
class event;
class auto_reset_event;
class barrier;
class latch;
template <class T, class next>
class queue;
}  // namespace specification

}  // namespace racekit
