// SPDX-License-Identifier: MIT
// The memory model that the engine stands on: Relacy, in one translation unit, and the stage that
// its threads play on.
//
// Happens-before clocks and the history of each atomic come from Relacy; nothing else does.
#pragma once

#include "model/core/operation.hpp"

#include <atomic>
#include <cstddef>

namespace racekit::model {

using timestamp = std::size_t;

/// What the execution calls back, execution after execution.
class execution_callbacks {
public:
    virtual ~execution_callbacks() = default;
    virtual int begin() = 0;        ///< a new execution; returns the thread that goes first
    virtual void before() = 0;      ///< alone, on the first thread's fiber
    virtual void act(int thread) = 0;
    virtual void after() = 0;       ///< alone, when all threads have finished
    virtual int next() = 0;         ///< which thread goes on, at a schedule point
    virtual bool look_older() = 0;  ///< a load may go on to the next older store: shall it?
    virtual bool end() = 0;         ///< the execution is over; false: run no other one
};

namespace memory {

/// How many stores of one object a load can reach back over, itself included.
inline constexpr unsigned window = 8;

/// Runs executions with `threads` threads (1 .. most_threads) until end() says no.
void run(int threads, execution_callbacks& what);

// Within an execution:
[[nodiscard]] int current_thread();
[[nodiscard]] int thread_count();
/// The current thread stops here for another one, or goes on itself; returns when it is its turn.
void switch_to(int thread);
/// Leaves the execution where it stands, without unwinding.
[[noreturn]] void abandon();

/// Leaves the current thread's stack as it is and calls performance::act for it anew.
[[noreturn]] void restart_current();

inline timestamp* known = nullptr;
inline timestamp* own = nullptr;
/// The current thread's knowledge of every thread's clock, its own included.
[[nodiscard]] inline timestamp* clocks() { return known; }
/// Begins a new instant of the current thread; returns it.
inline timestamp tick() { return *own += 1; }

// Atomics. The index of a store is its place in a ring of `window` slots.
[[nodiscard]] void* atomic_create();
void atomic_destroy(void* data);
[[nodiscard]] unsigned atomic_load(void* data, std::memory_order order);
[[nodiscard]] unsigned atomic_load_newest(void* data, std::memory_order order);
[[nodiscard]] unsigned atomic_store(void* data, std::memory_order order);
[[nodiscard]] unsigned atomic_modify(void* data, std::memory_order order);
/// How many stores back a load by the current thread could reach at most.
[[nodiscard]] unsigned atomic_reach(void* data);
/// From now on nobody who knows of this moment reads anything older than the store at `index`: as
/// if the current thread had read it, without synchronising.
void atomic_seen(void* data, unsigned index);
/// Anything but seq_cst: see execution::sequential_fence().
void fence(std::memory_order order);

}  // namespace memory
}  // namespace racekit::model
