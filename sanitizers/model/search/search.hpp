// SPDX-License-Identifier: MIT
// A search from its first execution to its last: which strategies, for how long, on how many cores.
#pragma once

#include "model/core/engine.hpp"
#include "model/schedules/schedule.hpp"

#include <cstdint>
#include <optional>
#include <string>

namespace racekit::model {

enum class strategy_kind {
    portfolio,  ///< few preemptions; exhaustive, unless some samples and an estimate show that it
                ///< would cover next to nothing; then more preemptions, pct, pos and random in turn
    exhaustive,
    bounded,
    pct,
    pos,
    random,
};

struct search_options {
    strategy_kind how = strategy_kind::portfolio;
    double seconds = 0;
    std::uint64_t executions = 0;  ///< at most; 0: as many as there is time for
    std::uint64_t seed = 1;
    unsigned depth = 3;            ///< of pct
    unsigned jobs = 1;             ///< processes
    unsigned shard = 1;            ///< 1 .. shards
    unsigned shards = 1;
    std::string checkpoint;        ///< a file; empty: none
    std::string of;                ///< the scenario and variant, for the checkpoint
    bool status = false;         ///< show a status line on stderr
};

struct search_result {
    struct found_schedule {
        schedule script;
        std::string kind;
        std::uint64_t number = 0;
    };
    std::optional<found_schedule> found;
    bool exhausted = false;        ///< every execution there is (of this shard) was covered
    std::uint64_t executions = 0;  ///< to their end, by all strategies
    std::uint64_t pruned = 0;      ///< cut short because their order was covered already
    std::uint64_t deepening = 0;   ///< of the executions: of few preemptions, before all else
    std::uint64_t systematic = 0;  ///< of the executions: by the exhaustive search
    std::uint64_t samples = 0;  ///< of the executions: by pos, when the search proved to be large
    int preemptions = -1;  ///< all executions with so many were seen; -1: not even those without
    std::uint64_t distinct = 0;     ///< of the sampled ones
    bool distinct_is_least = false; ///< there are more
    double covered = 0;             ///< estimated part of the whole, by the exhaustive search
    std::string strategies;            ///< "exhaustive, then deeper, pct, pos and random in turn"
    std::string trouble;            ///< why it was not possible

    /// How many executions an exhausted program has.
    [[nodiscard]] std::uint64_t by_exhaustion() const { return executions - deepening - samples; }
};

/// Throws usage_error if the options contradict one another.
[[nodiscard]] search_result search(test_body& body, exploration_config const& config,
                                   search_options const& options);

}  // namespace racekit::model
