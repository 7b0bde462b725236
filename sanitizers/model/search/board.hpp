// SPDX-License-Identifier: MIT
// What the workers of one search agree upon, in memory that all of them share.
#pragma once

#include <atomic>
#include <cstdint>

namespace racekit::model {

/// Everything else that a worker has to report is a worker_message. All zero at first. The atomics
/// are sequentially consistent, or relaxed where an old value costs only some executions.
struct board {
    static constexpr std::uint64_t most_prefixes = 1 << 15;
    static constexpr std::uint64_t no_place = ~std::uint64_t(0);

    std::atomic<std::uint64_t> best;  ///< one more than the lowest place with a finding; 0: none
    std::atomic<unsigned> next_bound;
    std::atomic<bool> taken[most_prefixes];

    /// A finding at this prefix or bound: workers at higher ones can stop.
    void found_at(std::uint64_t place) {
        std::uint64_t before = best.load();
        while ((before == 0 || before > place + 1) &&
               !best.compare_exchange_weak(before, place + 1)) {
        }
    }
    /// The lowest place with a finding, or no_place.
    [[nodiscard]] std::uint64_t lowest() const {
        std::uint64_t const now = best.load(std::memory_order_relaxed);
        return now == 0 ? no_place : now - 1;
    }
};

}  // namespace racekit::model
