// SPDX-License-Identifier: MIT
// Which store a load, or a compare_exchange that fails, reads.
//
// The memory model says which stores coherence and happens-before allow; of these, this class asks
// the strategy for one, and keeps to what it promised: no load goes back behind a store that its
// thread must have passed, or that the single order of seq_cst operations has passed.
#pragma once

#include "unsupported.hpp"
#include "model/memory/memory_model.hpp"

#include <racekit/platform/word.hpp>

#include <cstdint>

namespace racekit::model {

class object_table;
class scheduler;

/// The stores of one atomic. Store n lies at values[n % window]; the first has the number 1.
struct store_history {
    void* data;  // of the memory model; null: it is gone
    word values[memory::window];
    std::uint32_t stores;                   // the number of the newest one
    std::uint32_t changed_at;               // the last store that altered the value
    std::uint32_t sequential;               // no later seq_cst load reads an older store
    std::uint32_t read_at[most_threads];    // the store that each thread read last
    std::uint32_t must_pass[most_threads];  // no thread reads an older store than this
    std::uint32_t failed_at[most_threads];  // the store each thread's last failed exchange read

    void begin(word value);
    [[nodiscard]] word& newest() { return values[stores % memory::window]; }
    [[nodiscard]] word const& newest() const { return values[stores % memory::window]; }
    [[nodiscard]] word const& at(std::uint32_t store) const {
        return values[store % memory::window];
    }
    [[nodiscard]] bool remembers(std::uint32_t store) const {
        return stores - store < memory::window;
    }
    /// The memory model's index of a store as its number.
    [[nodiscard]] std::uint32_t number_of(unsigned index) const {
        return stores - (stores - index % memory::window) % memory::window;
    }
    /// `thread` has read a store.
    void was_read(int thread, std::uint32_t store) {
        if (store > read_at[thread]) read_at[thread] = store;
    }
    /// The next read by `thread` returns something newer than its last.
    void read_newer(int thread) { must_pass[thread] = read_at[thread] + 1; }
};

class store_choice final : public load_callbacks {
public:
    store_choice(object_table& objects, scheduler& threads)
        : objects_(objects), threads_(threads) {}

    /// A new execution.
    void begin(int threads) {
        loading_ = false;
        unsupported.begin(threads);
    }
    /// The next load of the current thread is one of this atomic.
    void begin_load(store_history const& subject, bool sequential);
    bool look_older() override;

    /// Whether a compare_exchange may fail on an older store than the newest.
    [[nodiscard]] bool fails_on_older(store_history const& subject, word const& expected) const;
    /// Which older store, of those that it may read and that hold something else than it expects, a
    /// compare_exchange fails on; 0: none, it looks at the newest. The next load reads that one.
    [[nodiscard]] std::uint32_t stale_failure(store_history const& subject, word const& expected,
                                              bool sequential);
    /// Whether a value that a compare_exchange expects was read there by its thread last, and was
    /// changed since. One of unknown origin, a literal, counts when it equals what was read.
    [[nodiscard]] bool has_come_back(store_history const& subject, word const& expected) const;
    void sequential_fence();

    unsupported_watch unsupported;

private:
    void watch_single_order(store_history const& subject);

    object_table& objects_;
    scheduler& threads_;
    bool loading_ = false;
    std::uint32_t candidate_ = 0;
    std::uint32_t oldest_ = 0;  // that the load may read
    std::uint32_t wanted_ = 0;  // the store that it is to read; 0: the strategy chooses
};

}  // namespace racekit::model
