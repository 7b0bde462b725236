// SPDX-License-Identifier: MIT
// Outcomes that C++20 allows and the engine never shows, as the litmus table declares: whether a
// program comes near one, so that a clean verdict can warn of it.
#pragma once

#include "model/runtime/bounds.hpp"

#include <racekit/platform/site.hpp>
#include <racekit/verdict.hpp>

#include <array>
#include <atomic>
#include <cstdint>
#include <string>
#include <vector>

namespace racekit::model {

enum class unsupported_outcome : std::uint8_t {
    modification_order,  ///< two threads store to one atomic in no order: 2+2W, S
    load_buffering,      ///< loads before stores, in a circle: LB
    single_order,        ///< seq_cst among weaker operations: S is the order of execution
    assumed_wait,        ///< a loop that counts, or restores what it changed, waits by assumption
    assumed_in_sample,   ///< the same, in samples only
};

namespace unsupported_outcomes {
/// A loop is assumed to wait: its further iterations are not explored.
void assume_wait(site const& where);
[[nodiscard]] bool has_assumed();
/// What was assumed so far was in samples only: it leaves nothing out once the exhaustive search
/// has covered everything, which is to be said by forget_samples().
void assumed_in_samples();
void forget_samples();
/// An execution ended in assume(false).
void note_failed_assumption();
[[nodiscard]] bool has_failed_assumption();
/// An execution of a program that begins with one thread started another one.
void note_started_thread();
[[nodiscard]] bool has_started_thread();
/// Begins a new program. What is met is kept over all executions, of all forked workers.
void forget();
[[nodiscard]] std::vector<warning> met();
/// What was met so far as lines of text, and back into a search that continues from there.
[[nodiscard]] std::vector<std::string> state();
void restore(std::vector<std::string> const& lines);
}  // namespace unsupported_outcomes

/// Looks at the atomic operations of each execution. Beyond `most_entries` operations of a thread
/// it goes by the objects alone, and beyond `most_objects` objects some count as one: it may then
/// warn without a cause, but never keeps silent for that.
class unsupported_watch {
public:
    unsupported_watch();
    void begin(int threads);
    /// Looks at all executions from now on.
    void stay_awake() { stays_awake_ = true; }
    /// Of the first so many executions all are looked at, of the others some: looks cost a tenth.
    [[nodiscard]] bool awake() const { return awake_; }

    /// After an operation of `thread`, which knows `known` by happens-before. A read-modify-write
    /// is loaded and then stored.
    void loaded(int thread, std::uint32_t object, std::memory_order order, timestamp const* known,
                site const& where);
    void stored(int thread, std::uint32_t object, std::memory_order order, timestamp const* known,
                site const& where, bool blindly);
    void fenced(int thread, std::memory_order order, timestamp const* known, site const& where);

    /// Whether it would matter that S keeps a seq_cst operation of this thread from an older store
    /// that happens-before leaves to it.
    [[nodiscard]] bool single_order_matters(int thread) const;
    void kept_by_single_order(site const& where);

private:
    static constexpr std::uint32_t most_objects = 64;
    static constexpr std::size_t most_entries = 64;
    using object_set = std::uint64_t;

    static constexpr std::uint32_t no_object = ~std::uint32_t(0);  // of a fence

    struct event {
        std::uint32_t object;
        bool loads, stores;  // a fence does neither
        bool acquires, releases;
    };
    struct entry : event {
        timestamp at;        // of its own thread
        timestamp clock[most_threads];
        site where;
    };
    struct log {
        std::array<entry, most_entries> entries;
        std::size_t count = 0;
    };
    /// A load and a later store of one thread, by their places in its log.
    struct load_store_pair {
        int thread;
        std::size_t load, store;
    };
    using circle = std::array<load_store_pair, most_threads>;
    struct store_record {
        timestamp at;
        site where;
    };

    void look_for_blind_stores(int thread, std::uint32_t object, bool weak, timestamp const* known,
                               site const& where);
    bool note(int thread, event const& done, timestamp const* known, site const& where);
    [[nodiscard]] bool may_close(int thread, std::uint32_t object) const;
    [[nodiscard]] bool reaches(int thread, object_set from) const;
    void look_for_circles(int thread, std::uint32_t object);
    /// From each load of `wanted` and later store of a thread that is not yet part of it.
    [[nodiscard]] bool extend(circle& round, std::size_t length, std::uint32_t wanted,
                              thread_set passed, int closing);
    [[nodiscard]] bool close(circle& round, std::size_t length, int closing) const;
    [[nodiscard]] bool is_open_to_buffering(circle const& round, std::size_t length) const;
    [[nodiscard]] bool acquires_within(load_store_pair const& of) const;
    [[nodiscard]] bool releases_within(load_store_pair const& of) const;
    [[nodiscard]] entry const& load_of(load_store_pair const& of) const {
        return logs_[of.thread].entries[of.load];
    }
    [[nodiscard]] entry const& store_of(load_store_pair const& of) const {
        return logs_[of.thread].entries[of.store];
    }

    int threads_ = 0;
    bool awake_ = true;
    bool stays_awake_ = false;
    std::uint64_t executions_ = 0;
    std::uint32_t objects_ = most_objects;  // that have anything to forget

    // Of this execution.
    log logs_[most_threads];
    thread_set blind_by_[most_objects];       // threads that stored to it without reading it
    thread_set weakly_blind_by_[most_objects];  // with less than seq_cst
    store_record blind_at_[most_objects][most_threads];
    thread_set stored_by_[most_objects];
    thread_set weakly_stored_by_[most_objects];
    thread_set has_read_weakly_ = 0;  // what another thread had a store to
    bool log_is_full_ = false;        // of some thread
    int effort_ = 0;                  // left for one look

    // Of all executions.
    object_set loaded_[most_threads] = {};
    object_set after_load_[most_threads][most_objects] = {};  // what it stored after it loaded that
    object_set weak_loads_[most_threads] = {};                // that do not acquire
    object_set weak_stores_[most_threads] = {};               // that do not release
    object_set weak_ = 0;
};

}  // namespace racekit::model
