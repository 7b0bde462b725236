// SPDX-License-Identifier: MIT
// The memory model of C++20 over an execution graph: modification order is not execution order.
//
// An execution is a sequence of events; each one is added to the graph with a choice: a load reads
// any store of its object, a store takes any place in the object's modification order, a
// read-modify-write takes the place behind the store that it reads. may_read(), may_replace() and
// may_follow() say which of them C++20 allows:
//   coherence    Nothing older, in modification order, than what happens-before has shown to the
//                thread: a store, or a store that was read, by an event that happens before.
//   atomicity    Nothing comes between a read-modify-write and the store that it reads.
//   seq_cst      The constraints on S have no cycle (single_order.hpp).
// The event last added happens before no other one and no read has met its store, so that no
// other axiom is touched, and the newest store can always be read and followed. All choices for all
// events in all orders of execution give all graphs in which sequenced-before and reads-from have
// no cycle: all of C++20 but load buffering.
//
// Which graph two events give does not depend on which of them was executed first, unless one reads
// the other's store or both read the same one to replace it.
//
// Vector clocks have an event of a thread at each even number. An entry 2n says that its n-th event
// happens before; 2n + 1, that it also strongly happens before all that comes ([intro.races] p12).
// That is so of all events but the last one that an acquire brings, unless that one and the acquire
// are seq_cst. An object that joins clocks, a lock say, passes on both.
#pragma once

#include "memory_model.hpp"
#include "single_order.hpp"

namespace racekit::model::memory {

/// One store to an atomic object. Its clocks lie in history::clocks and history::constraints.
struct store_event {
    timestamp at;          ///< of its thread
    std::uint32_t number;  ///< in execution order, from 1
    std::uint32_t constrains = 0;  ///< which clocks for S it has, from 1; 0: none
    std::int8_t thread;
    bool replaced = false;    ///< a read-modify-write has read it
    bool sequential = false;  ///< seq_cst
    bool releases = false;    ///< it has a clock for loads that acquire
};

/// The stores of one object.
struct history : atomic_stores {
    raw_array<store_event> stores;     ///< in execution order
    raw_array<std::uint32_t> ordered;  ///< if not in_order: their indices, in modification order
    raw_array<timestamp> clocks;
    raw_array<timestamp> constraints;
    std::uint32_t constrained = 0;     ///< how many stores have clocks there

    [[nodiscard]] store_event& at(store_rank rank) {
        return stores[in_order ? rank - 1 : ordered[rank - 1]];
    }
    [[nodiscard]] store_event const& at(store_rank rank) const {
        return stores[in_order ? rank - 1 : ordered[rank - 1]];
    }
};

#ifdef RACEKIT_SEEDED_MISTAKES
/// Rules that the tests leave out, to see that they notice.
enum class mistake {
    none,
    read_coherence,      ///< a load that happens before hides nothing
    own_coherence,       ///< a store that happens before hides nothing
    release_sequence,    ///< a read-modify-write does not continue it
    long_release,        ///< a plain store of the same thread continues it, as in C++11
    own_store_orders,    ///< a seq_cst load of its own thread's store follows it in S (LWG 3941)
    fence_to_fence,      ///< nothing precedes a fence because of what happens before it
    fence_to_operation,  ///< a fence precedes nothing for what it happens before
    atomicity,           ///< a store comes between a read-modify-write and what it reads
    strong_happens,      ///< happens-before counts for S instead of strongly happens-before
    no_strong_happens,   ///< only sequenced-before counts for S
    back_edges,          ///< a choice against the order of execution constrains nothing in S
};
inline mistake seeded = mistake::none;
#define RACEKIT_MISTAKE(which) (seeded == mistake::which)
#else
#define RACEKIT_MISTAKE(which) false
#endif

/// Of so many threads: loops over them are short, and known to the compiler.
template <int threads>
class exact_memory final : public memory_model {
public:
    static constexpr timestamp never = ~timestamp(0);

    exact_memory();
    exact_memory(exact_memory const&) = delete;
    exact_memory& operator=(exact_memory const&) = delete;
    ~exact_memory() override;

    void begin() override;
    void synchronise_all() override;
    [[nodiscard]] atomic_stores* create_atomic(word first) override;
    [[nodiscard]] atomic_stores* find_atomic(word first) override;
    void destroy_atomic(atomic_stores* atomic) override;
    [[nodiscard]] store_rank oldest(atomic_stores const& atomic) const override;
    [[nodiscard]] bool may_read(atomic_stores const& atomic, store_rank rank,
                                std::memory_order order) const override;
    [[nodiscard]] bool may_replace(atomic_stores const& atomic, store_rank rank,
                                   std::memory_order order) const override;
    [[nodiscard]] bool may_follow(atomic_stores const& atomic, store_rank rank,
                                  std::memory_order order) const override;
    [[nodiscard]] std::uint32_t age(atomic_stores const& atomic, store_rank rank) const override;
    void load(atomic_stores& atomic, store_rank rank, std::memory_order order) override;
    store_rank store(atomic_stores& atomic, store_rank behind, word value,
                     std::memory_order order) override;
    store_rank modify(atomic_stores& atomic, store_rank from, word value,
                      std::memory_order order) override;
    void mark_seen(atomic_stores& atomic, store_rank rank) override;
    void fence(std::memory_order order) override;

private:
    /// The clocks of a thread.
    enum class of_thread { happens, acquirable, released, count };
    /// The clocks of a store.
    enum class of_store {
        seen,      ///< by thread: its first event that made or read it
        released,  ///< what an acquire of it acquires
        count
    };
    /// Those for S, of a store that has any: see store_event::constrains.
    enum class for_s {
        strong,     ///< what strongly happens before a seq_cst operation that acquires it
        before,     ///< of S: what precedes all that is coherence-ordered after its predecessors
        sources,    ///< of S: itself, and the fences that happen before it
        readers,    ///< of S: the same of those that read it
        read_in_s,  ///< by thread: the first seq_cst load of another thread's store
        count
    };
    enum class access { load, store, modify };

    [[nodiscard]] timestamp* clock(of_thread which) const;
    [[nodiscard]] timestamp* clock(history& object, store_event const& store, of_store which) const;
    [[nodiscard]] timestamp const* clock(history const& object, store_event const& store,
                                         of_store which) const;
    [[nodiscard]] timestamp* clock(history& object, store_event const& store, for_s which) const;
    [[nodiscard]] timestamp const* clock(history const& object, store_event const& store,
                                         for_s which) const;
    [[nodiscard]] bool has_seen(history const& object, store_event const& store,
                                timestamp const* known) const;
    [[nodiscard]] bool was_read(history const& object, store_event const& store,
                                timestamp const* known) const;
    void join(timestamp* into, timestamp const* from) const;

    [[nodiscard]] history& new_history();

    // What an event changes.
    store_event& insert(history& object, store_rank rank, word value, bool sequential);
    void see(history& object, store_event const& store);
    void replace(history& object, store_event& from);
    void acquire_from(history const& object, store_event const& from, std::memory_order order);
    void release_to(history& object, store_event& made, store_event const* from,
                    std::memory_order order);

    // The single order S.
    [[nodiscard]] bool keeps_order(history const& object, store_rank rank, access what,
                                   std::memory_order order) const;
    void note_strong(timestamp* into) const;
    void note_before(history const& object, store_rank rank, access what, timestamp* into) const;
    [[nodiscard]] bool note_fences(timestamp const* known, timestamp* into) const;
    [[nodiscard]] bool reaches(history const& object, store_rank after,
                               timestamp const* before) const;
    void prepare(history& object, store_event& store) const;
    store_rank store_in_s(history& object, store_rank behind, word value,
                          std::memory_order order);
    store_rank modify_in_s(history& object, store_rank rank, word value, std::memory_order order);
    void note_heads(timestamp* into, timestamp const* strong) const;
    void constrain(history& object, store_rank rank, access what, bool sequential,
                   timestamp const* before);
    void constrain_made(history& object, store_rank rank, timestamp const* sources, bool any);
    void constrain_older(history& object, store_rank after, timestamp const* sources);
    void constrain_by_fence(timestamp* before);

    static constexpr auto threads_ = static_cast<std::size_t>(threads);
    bool has_acquirable_[most_threads] = {};
    bool has_released_[most_threads] = {};
    raw_array<timestamp> clocks_;
    single_order order_;
    raw_array<history*> live_;  // of this execution: those destroyed too, for they constrain S
    raw_array<history*> spare_;
};

}  // namespace racekit::model::memory
