// SPDX-License-Identifier: MIT
// A memory model: the vector clock of each thread, and what each operation may read.
//
// There are two: exact_memory.hpp, and Relacy's (relacy.cpp, the one file that includes it), in
// which modification order and the single order of seq_cst operations are those of execution. The
// threads that use them run on fibers (machine.hpp).
#pragma once

#include "atomic_stores.hpp"
#include "kind.hpp"

#include "model/runtime/bounds.hpp"

#include <atomic>
#include <memory>

namespace racekit::model {

/// One execution after another of a fixed number of threads. Operations are made by the current
/// thread, memory::current.
class memory_model {
public:
    virtual ~memory_model() = default;
    /// A new execution: nothing happens before anything. Every atomic was destroyed before.
    virtual void begin() = 0;
    /// All that happened so far happens before all that comes, in every thread.
    virtual void synchronise_all() = 0;

    /// An atomic with its first store.
    [[nodiscard]] virtual atomic_stores* create_atomic(word first) = 0;
    /// An atomic that was there before the threads started: its first store is no event of the
    /// current thread, and happens before all of them. Relacy's memory takes it for one.
    [[nodiscard]] virtual atomic_stores* find_atomic(word first) { return create_atomic(first); }
    virtual void destroy_atomic(atomic_stores* atomic) = 0;

    /// The oldest store that coherence leaves to the current thread.
    [[nodiscard]] virtual store_rank oldest(atomic_stores const& atomic) const = 0;
    /// Whether a load may read the store of this rank, from oldest() on. The newest one always.
    [[nodiscard]] virtual bool may_read(atomic_stores const& atomic, store_rank rank,
                                        std::memory_order order) const = 0;
    /// Whether a read-modify-write may read it.
    [[nodiscard]] virtual bool may_replace(atomic_stores const& atomic, store_rank rank,
                                           std::memory_order order) const = 0;
    /// Whether a store may come right behind it, in modification order.
    [[nodiscard]] virtual bool may_follow(atomic_stores const& atomic, store_rank rank,
                                          std::memory_order order) const = 0;
    /// How many stores of the object were executed after this one.
    [[nodiscard]] virtual std::uint32_t age(atomic_stores const& atomic,
                                            store_rank rank) const = 0;

    virtual void load(atomic_stores& atomic, store_rank rank, std::memory_order order) = 0;
    /// Returns the rank of the new store, right behind the given one.
    virtual store_rank store(atomic_stores& atomic, store_rank behind, word value,
                             std::memory_order order) = 0;
    virtual store_rank modify(atomic_stores& atomic, store_rank from, word value,
                              std::memory_order order) = 0;
    /// Everything that the current thread's next step happens before reads nothing older than the
    /// store of this rank: as if the current thread had read it, without synchronising.
    virtual void mark_seen(atomic_stores& atomic, store_rank rank) = 0;
    /// Relacy's: any order but seq_cst, see store_choice::sequential_fence().
    virtual void fence(std::memory_order order) = 0;
};

/// The threads are 1 .. most_threads many. Both fill memory::clock_of and memory::own_clock_of.
[[nodiscard]] std::unique_ptr<memory_model> make_exact(int threads);
[[nodiscard]] std::unique_ptr<memory_model> make_relacy(int threads);

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
/// Advances the current thread's own entry; returns it. Own entries are even: see exact_memory.hpp.
inline timestamp tick() { return *own += 2; }

}  // namespace memory
}  // namespace racekit::model
