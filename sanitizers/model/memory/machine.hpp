// SPDX-License-Identifier: MIT
// Threads of a test body on fibers: starts them, switches between them, runs execution after
// execution.
#pragma once

#include "memory_model.hpp"

namespace racekit::model {

/// What the machine calls back, execution after execution.
class execution_callbacks {
public:
    virtual ~execution_callbacks() = default;
    virtual int begin() = 0;        ///< a new execution; returns the thread that goes first
    virtual void before() = 0;      ///< alone, on the first thread's fiber
    virtual void act(int thread) = 0;
    virtual void after() = 0;       ///< alone, when all threads have finished
    virtual int next() = 0;         ///< which thread goes on when one has finished
    virtual bool end() = 0;         ///< the execution is over; false: run no other one
};

namespace memory {

inline int threads_of_run = 0;

/// Runs executions with `threads` threads (1 .. most_threads) until end() returns false.
void run(int threads, memory_kind kind, execution_callbacks& what);

// Within an execution:
[[nodiscard]] inline int thread_count() { return threads_of_run; }
/// Stops the current thread and goes on with another one; returns when the current one is switched
/// to again.
void switch_to(int thread);
/// Leaves the execution where it stands, without unwinding.
[[noreturn]] void abandon();
/// Leaves the current thread's stack as it is and calls execution_callbacks::act for it again.
[[noreturn]] void restart_current();

}  // namespace memory
}  // namespace racekit::model
