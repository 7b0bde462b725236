// SPDX-License-Identifier: MIT
// Loops that wait by spin_hint(): when is another iteration of one worth while?
//
// An iteration is what a thread does between two calls of spin_hint(): it looks at objects, and
// comes to nothing. Another iteration that sees the same would end the same, so it is not begun
// before another thread has changed something that this iteration looked at: spinning neither has
// executions without end nor hides a deadlock.
//
// The scheduler asks may_begin(), and settle() and unsettle() at a step; the operations of objects
// report what their threads look at and change.
#pragma once

#include "operation.hpp"

#include <array>
#include <cstdint>

namespace racekit::model {

struct object;
class object_table;

/// What spin_loops keeps of each object. Changes are counted: an atomic's by the number of its
/// newest store, a lock's by how often it was taken and released, a monitor's by its effects.
struct change_record {
    std::uint32_t changed_at;               // the last change
    std::uint32_t read_at[most_threads];    // the change that each thread saw last
    std::uint32_t read_in[most_threads];    // the iteration in which each thread looked last
    std::uint32_t settled[most_threads];    // changes up to this one came to nothing for a thread
    int changed_by;                         // the last change, and those before it in the same
    std::uint32_t changed_in;               // iteration, which began
    std::uint32_t unchanged_at;             // after this change

    void clear();
};

class spin_loops {
public:
    explicit spin_loops(object_table& objects) : objects_(objects) {}

    /// A new execution.
    void begin(int threads);

    // What threads look at and change, as it happens.

    /// `thread` reads a store of the atomic with that number; `differs(before)`: it holds another
    /// value than the store that the thread read before.
    template <class Differs>
    void reads(change_record& changes, std::uint32_t number, int thread, std::uint32_t store,
               Differs differs) {
        loop& self = loops_[thread];
        std::uint32_t const before = changes.read_at[thread];
        if (store > before) changes.read_at[thread] = store;
        if (changes.read_in[thread] != self.iteration) {
            changes.read_in[thread] = self.iteration;
            self.add(number);
        } else if (store > before) {
            self.saw_change = self.saw_change || differs(before);
        }
    }
    /// `thread` looks at a lock or monitor.
    void looks(object& subject, int thread);
    /// `thread` makes a store to an atomic, with another value than before if it `alters` it.
    void stores(change_record& changes, int thread, std::uint32_t store, bool alters) {
        if (alters) {
            note_change(changes, thread);
            changes.changed_at = store;
        }
        changes.read_at[thread] = store;
    }
    /// `thread` makes a store to an atomic that takes its place before others: these move on by
    /// one. `changed_at`: the last store that altered the value now.
    void places(change_record& changes, int thread, std::uint32_t store, std::uint32_t changed_at);
    /// `thread` brings a lock or monitor into another state.
    void changes_state(object& subject, int thread);
    /// `thread` does something that another iteration must not be taken to repeat.
    void has_effect(int thread) { loops_[thread].has_changed = true; }

    // The end of an iteration: its step is announced, and made once may_begin() holds.

    /// The step: it touches what the thread looked at. `unfinished` threads have announced `next`.
    [[nodiscard]] operation end_iteration(int thread, thread_set unfinished,
                                          operation const* next);
    [[nodiscard]] bool may_begin(int thread) const;
    void begin_iteration(int thread);

    /// Nobody can go on: whether threads that wait in a loop must look once more.
    [[nodiscard]] bool unsettle(thread_set unfinished, operation const* next);
    /// An object that a thread looked at in this iteration; no_object: it looked at none.
    [[nodiscard]] std::uint32_t first_read(int thread) const {
        return loops_[thread].count > 0 ? loops_[thread].reads[0] : no_object;
    }

private:
    struct loop {
        static constexpr int most_reads = 32;
        std::uint32_t iteration = 1;
        bool saw_change = false;   // looked at something twice, and it had changed
        bool has_changed = false;  // something for good, as far as can be seen
        int count = 0;
        std::uint32_t reads[most_reads];  // objects that it looked at

        void add(std::uint32_t number) {
            if (count < most_reads) reads[count++] = number;
        }
    };

    /// To be called before changed_at grows.
    void note_change(change_record& changes, int thread) {
        loop& self = loops_[thread];
        // The end of the iteration would not come back to it.
        if (changes.read_in[thread] != self.iteration) self.has_changed = true;
        if (changes.changed_by == thread && changes.changed_in == self.iteration) return;
        changes.changed_by = thread;
        changes.changed_in = self.iteration;
        changes.unchanged_at = changes.changed_at;
    }
    void settle(int thread, thread_set unfinished, operation const* next);

    object_table& objects_;
    std::array<loop, most_threads> loops_;
    int unsettled_ = 0;  // how often that was done
};

}  // namespace racekit::model
