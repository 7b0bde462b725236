// SPDX-License-Identifier: MIT
// The state of an atomic object.
#pragma once

#include "sleepers.hpp"
#include "model/core/store_choice.hpp"

#include <cstddef>

namespace racekit::model {

struct atomic_state {
    store_history history;  // the first member: see object_kind::has_stores
    value_type const* type;
    std::size_t stored_in;                // the row of the newest store; 0: before the threads
    int creator;                          // the thread that constructed it,
    std::uint32_t created_at;             // when, by its own clock,
    site created_where;                   // if recorded: where,
    bool created_after_step;              // or what it had done last, if that is not known
    std::uint32_t used_at[most_threads];  // each thread's clock at its last operation on it
    site used_where[most_threads];        // if recorded
    sleeper_list sleepers;                // of its futex
};

extern object_kind const atomic_kind;

/// Construction of an atomic is a plain write, and so is its destruction: an operation on it must
/// come after the one and before the other. To be called when the operation has synchronised: a
/// store of the creator that it acquired comes after the construction.
void races_with_construction(execution& all, object& subject, char const* operation,
                             site const& where);
inline void touch_atomic(execution& all, object& subject, char const* operation,
                         site const& where) {
    atomic_state& atomic = state_of<atomic_state>(subject);
    std::uint32_t& used = atomic.used_at[all.self()];
    // A vector clock only grows: the first operation of a thread speaks for all.
    if (used == 0 && memory::clocks()[atomic.creator] < atomic.created_at) [[unlikely]]
        races_with_construction(all, subject, operation, where);
    used = static_cast<std::uint32_t>(*memory::own);
}

/// A plain write has changed the memory of an atomic that another thread was about to use: a store
/// that orders nothing, and that the current thread meets now. Of a search that goes on after a
/// race.
void take_from_memory(execution& all, object& subject);

/// The current thread reads that store; `newest`: it was the last in modification order.
void note_read(execution& all, object& subject, std::uint32_t store, bool newest);

}  // namespace racekit::model
