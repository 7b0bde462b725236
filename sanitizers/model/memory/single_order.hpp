// SPDX-License-Identifier: MIT
// The single order S of the seq_cst operations of one execution: what must precede what.
//
// S is not the order of execution. [atomics.order] gives constraints; an execution is one of C++20
// if they have no cycle. Each seq_cst operation has a clock that names, thread by thread, the last
// operation that the constraints put before it. All seq_cst operations of one thread are ordered as
// the thread makes them, so that such a clock stands for all operations before the named ones too.
#pragma once

#include "raw_array.hpp"

#include "model/runtime/bounds.hpp"

namespace racekit::model::memory {

/// How many clock entries a clock on the stack has room for.
using clock_array = timestamp[most_threads];

class single_order {
public:
    struct event {
        timestamp at;        ///< the tick of its thread
        bool is_fence;
        std::size_t clocks;  ///< where what precedes it lies, then what happens before it
    };

    /// A new execution, of so many threads.
    void begin(int threads);
    [[nodiscard]] bool is_empty() const { return !has_events_; }
    [[nodiscard]] bool has_fences() const { return has_fences_; }

    /// Adds an operation of `thread`, the last one in execution order. `before` names what precedes
    /// it; of a fence, `happens` what happens before it.
    void add(int thread, timestamp at, bool is_fence, timestamp const* before,
             timestamp const* happens);
    /// Puts `before` in front of all operations of `thread` from the tick `from` on.
    void precede(timestamp const* before, int thread, timestamp from);
    /// Extends `before` to all that precedes what it names.
    void close(timestamp* before) const;

    /// The fences of one thread, in order.
    [[nodiscard]] raw_array<event> const& events(int thread) const { return events_[thread]; }
    /// The last fence of `thread` up to the tick `until`; nullptr if there is none.
    [[nodiscard]] event const* last_fence(int thread, timestamp until) const;
    [[nodiscard]] timestamp const* happens_before(event const& fence) const {
        return &clocks_[fence.clocks + static_cast<std::size_t>(threads_)];
    }

private:
    [[nodiscard]] event const* last(int thread, timestamp until) const;

    int threads_ = 0;
    bool has_events_ = false;
    bool has_fences_ = false;
    raw_array<event> events_[most_threads];
    raw_array<timestamp> clocks_;
};

}  // namespace racekit::model::memory
