// SPDX-License-Identifier: MIT
// A memory model: the vector clock of each thread, and which stores a load may read.
//
// Relacy is the only implementation (relacy.cpp, the one file that includes it). The threads that
// use it run on fibers (machine.hpp).
#pragma once

#include "model/runtime/bounds.hpp"

#include <atomic>
#include <memory>

namespace racekit::model {

/// What the memory model asks during a load.
class load_callbacks {
public:
    virtual ~load_callbacks() = default;
    /// The load may go on to the next older store: shall it?
    virtual bool look_older() = 0;
};

/// One execution after another of a fixed number of threads. Operations are made by the current
/// thread, memory::current. Indices of stores are places in a ring of memory::window slots.
class memory_model {
public:
    virtual ~memory_model() = default;
    /// A new execution: all clocks are zero. Every atomic was destroyed before.
    virtual void begin() = 0;
    /// All that happened so far happens before all that comes, in every thread.
    virtual void synchronise_all() = 0;

    [[nodiscard]] virtual void* create_atomic() = 0;
    virtual void destroy_atomic(void* atomic) = 0;
    virtual unsigned load(void* atomic, std::memory_order order) = 0;
    virtual unsigned load_newest(void* atomic, std::memory_order order) = 0;
    virtual unsigned store(void* atomic, std::memory_order order) = 0;
    virtual unsigned modify(void* atomic, std::memory_order order) = 0;
    /// How many stores back a load by the current thread could reach at most.
    [[nodiscard]] virtual unsigned reach(void* atomic) = 0;
    /// Everything that the current thread's next step happens before reads nothing older than the
    /// store at `index`: as if the current thread had read it, without synchronising.
    virtual void mark_seen(void* atomic, unsigned index) = 0;
    /// Any order but seq_cst: see store_choice::sequential_fence().
    virtual void fence(std::memory_order order) = 0;
};

/// The threads are 1 .. most_threads many. Fills memory::clock_of and memory::own_clock_of.
[[nodiscard]] std::unique_ptr<memory_model> make_relacy(int threads, load_callbacks& loads);

namespace memory {

/// The implementation that the running execution uses.
inline memory_model* model = nullptr;

/// The thread whose fiber runs; -1: none.
inline int current = -1;

/// The vector clock of each thread, and its own entry in it.
inline timestamp* clock_of[most_threads] = {};
inline timestamp* own_clock_of[most_threads] = {};

inline timestamp* known = nullptr;
inline timestamp* own = nullptr;
/// The vector clock of the current thread, its own entry included.
[[nodiscard]] inline timestamp* clocks() { return known; }
/// Advances the current thread's own entry by one; returns it.
inline timestamp tick() { return *own += 1; }

}  // namespace memory
}  // namespace racekit::model
