// SPDX-License-Identifier: MIT
// Whether an execution is sequentially consistent: whether some total order of its atomic
// operations explains what each one reads.
//
// There is one exactly if happens-before, reads-from, modification order and from-read (from a read
// to the stores behind the one that it read) have no cycle together. The order of execution
// respects the first two, so that only a load that read no newest store, or a store that took an
// earlier place, can close a cycle. Plain accesses, locks and all else add no edge: without a data
// race they are ordered by happens-before. That a try_lock() fails orders nothing: C++ lets it fail
// without a cause.
#pragma once

#include "model/memory/atomic_stores.hpp"
#include "model/runtime/bounds.hpp"

#include <racekit/platform/site.hpp>

#include <cstdint>
#include <map>
#include <vector>

namespace racekit::model {

class sequential_check {
public:
    enum class access : std::uint8_t { load, store, modify };
    enum class edge : std::uint8_t { then, read_by, overwritten_by, older_than };

    /// One operation of a cycle, and how it comes before the next one.
    struct link {
        int thread;
        std::uint32_t object;
        access what;
        edge to_next;
        site where;
    };

    /// A new execution of so many threads.
    void begin(int threads);
    /// An atomic of this number begins, with its first store.
    void created(std::uint32_t object);
    /// The current operation has read the store of this rank, or made it; with `modify` it has read
    /// that one and made the next. `known` are the clocks of its thread.
    void did(access what, int thread, std::uint32_t object, store_rank rank, timestamp const* known,
             site const& where);

    /// The shortest cycle; empty: the execution is sequentially consistent.
    [[nodiscard]] std::vector<link> cycle() const;

private:
    static constexpr int first_store = -1;
    struct event {
        int thread;
        std::uint32_t object;
        std::size_t place;  // in places_: atomics one after the other may have one number
        access what;
        int from;  // the event whose store it read; or first_store
        timestamp at;
        std::vector<timestamp> known;
        site where;
    };
    struct arrow {
        std::size_t to;
        edge kind;
    };

    [[nodiscard]] std::vector<std::vector<arrow>> arrows() const;
    void add_happens_before(std::vector<std::vector<arrow>>& all) const;
    void add_of_place(std::size_t place, std::vector<std::vector<arrow>>& all) const;
    [[nodiscard]] std::vector<link> shortest(std::vector<std::vector<arrow>> const& all,
                                             std::size_t from, arrow back) const;

    int threads_ = 0;
    bool goes_back_ = false;                // against the order of execution
    std::vector<event> events_;             // in the order of execution
    std::vector<std::vector<int>> places_;  // of each atomic the stores in modification order
    std::map<std::uint32_t, std::size_t> place_of_;  // by its number, now
};

}  // namespace racekit::model
