// SPDX-License-Identifier: MIT
// Which store an operation on an atomic reads, and which place in modification order it takes.
//
// The memory model gives what it allows; this class lets the strategy choose one of these. No load
// reads a store older than one that its thread must have passed, or, with Relacy, that the single
// order of seq_cst operations has passed.
#pragma once

#include "unsupported.hpp"
#include "model/memory/memory_model.hpp"

#include <racekit/platform/word.hpp>

#include <cstdint>

namespace racekit::model {

class object_table;
class scheduler;

/// The stores of one atomic, and what threads have read of them: all by rank in modification order.
struct store_history {
    atomic_stores* data;                  // of the memory model; null: it is gone
    store_rank changed_at;                // the last store that altered the value
    store_rank sequential;                // Relacy's: no later seq_cst load reads an older store
    store_rank read_at[most_threads];     // the store that each thread read last
    store_rank must_pass[most_threads];   // no thread reads an older store than this
    store_rank failed_at[most_threads];   // Relacy's: what each thread's last failed exchange read

    void begin(word value);
    /// The same of an atomic that was there before the threads started.
    void begin_found(word value);
    [[nodiscard]] store_rank newest_rank() const { return data->newest(); }
    [[nodiscard]] word const& newest() const { return data->value(newest_rank()); }
    [[nodiscard]] word const& at(store_rank store) const { return data->value(store); }
    /// Whether a store altered the value.
    [[nodiscard]] bool altered(store_rank store) const {
        return store == 1 || !(at(store) == at(store - 1));
    }
    /// `thread` has read a store.
    void was_read(int thread, store_rank store) {
        if (store > read_at[thread]) read_at[thread] = store;
    }
    /// The next read by `thread` returns something newer than its last; in the exact memory a store
    /// that altered the value, or one behind it: exchanges that change nothing, each before that
    /// store in modification order, would go on for ever.
    void read_newer(int thread);
    /// A new store has taken this place. Whether it altered the value.
    bool placed(store_rank store, bool sequentially) {
        bool const alters = altered(store);
        if (store != newest_rank()) [[unlikely]] make_place(store, alters);
        else if (alters) changed_at = store;
        if (sequentially && !memory::is_exact) sequential = store;
        return alters;
    }
    /// How many stores were executed after this one.
    [[nodiscard]] std::uint32_t age(store_rank store) const {
        return data->in_order ? newest_rank() - store : memory::model->age(*data, store);
    }

private:
    void begin(atomic_stores* stores);
    void make_place(store_rank store, bool alters);
};

/// What a compare_exchange reads.
struct compared {
    store_rank store;
    bool equal;        ///< it holds what is expected
    bool replaceable;  ///< it does, and the exchange can take the place behind it
    bool readable;     ///< the exchange may fail on it
    bool looks_back;   ///< Relacy's: it might have failed on an older store
};

class store_choice {
public:
    store_choice(object_table& objects, scheduler& threads)
        : objects_(objects), threads_(threads) {}

    /// A new execution.
    void begin(int threads) { unsupported.begin(threads); }

    /// Which store a load reads, a read-modify-write replaces, a compare_exchange compares.
    [[nodiscard]] store_rank to_read(store_history const& subject, std::memory_order order);
    [[nodiscard]] store_rank to_replace(store_history const& subject, std::memory_order order) {
        // The newest store alone: an object that is only ever modified, or Relacy's memory.
        if (!memory::is_exact) {
            candidates_.clear();
            return subject.newest_rank();
        }
        return subject.data->open == 1 ? newest_alone(subject)
                                       : to_replace_one_of(subject, order);
    }
    [[nodiscard]] compared to_compare(store_history const& subject, word const& expected,
                                      std::memory_order success, std::memory_order failure,
                                      bool may_fail);
    /// Behind which store a new one comes.
    [[nodiscard]] store_rank to_follow(store_history const& subject, std::memory_order order) {
        if (!memory::is_exact || subject.data->open == 1) return subject.newest_rank();
        return to_follow_one_of(subject, order);
    }

    /// Whether a value that a compare_exchange expects, and sees in `store`, was read there by its
    /// thread last, and was changed since. One of unknown origin, a literal, counts when it equals
    /// what was read.
    [[nodiscard]] bool has_come_back(store_history const& subject, store_rank store) const;
    void fence(std::memory_order order);
    /// The stores that were offered in the last choice; none: there was no choice.
    [[nodiscard]] memory::raw_array<store_rank> const& offered() const {
        return candidates_.ranks;
    }

    unsupported_watch unsupported;

private:
    /// Stores that may be chosen, youngest first.
    struct candidates {
        memory::raw_array<store_rank> ranks;
        memory::raw_array<std::uint32_t> ages;

        void clear() {
            ranks.clear();
            ages.clear();
        }
        void add(store_rank rank, std::uint32_t age);
    };

    [[nodiscard]] store_rank newest_alone(store_history const& subject);
    [[nodiscard]] store_rank to_replace_one_of(store_history const& subject,
                                               std::memory_order order);
    [[nodiscard]] store_rank to_follow_one_of(store_history const& subject,
                                              std::memory_order order);
    [[nodiscard]] store_rank choose_read();
    [[nodiscard]] store_rank oldest(store_history const& subject, std::memory_order order);
    [[nodiscard]] bool fails_on_older(store_history const& subject, word const& expected) const;
    void sequential_fence();
    void watch_single_order(store_history const& subject);

    object_table& objects_;
    scheduler& threads_;
    candidates candidates_;
};

}  // namespace racekit::model
