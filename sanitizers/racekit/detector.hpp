// SPDX-License-Identifier: MIT
// What a detector is to the runner.
#pragma once

#include <racekit/registry.hpp>
#include <racekit/verdict.hpp>

#include <cstdint>
#include <span>
#include <stdexcept>
#include <string>

namespace racekit {

/// What the command line asks of a detector. Zero means: the detector's own default.
struct settings {
    std::uint64_t seed = 1;
    std::uint64_t executions = 0;  ///< executions or rounds at most
    double seconds = 0;            ///< budget in wall-clock time
    std::string schedule;          ///< replay this instead of searching
    bool exact = false;            ///< refuse a schedule that was made for another program
    std::string mode;              ///< a detector's own word: "free", "controlled", "random", ...
    unsigned depth = 0;            ///< of the strategy pct
    unsigned jobs = 0;             ///< processes that search side by side
    unsigned shard = 0;            ///< 1 .. shards: search this part only
    unsigned shards = 0;
    std::string checkpoint;        ///< file to go on from and to leave the state of the search in
    bool progress = false;         ///< say on stderr how far it is
    bool show = false;  ///< tell the interleaving the description asks for, finding or not
};

/// The command line asked for something that makes no sense to the detector: exit code 2.
struct usage_error : std::runtime_error {
    using std::runtime_error::runtime_error;
};

struct detector {
    char const* name;
    observation (*look)(scenario const& what, variant which, settings const& how);
};

/// The detectors that this flavour has. Each flavour defines it once.
[[nodiscard]] std::span<detector const> detectors();

}  // namespace racekit
