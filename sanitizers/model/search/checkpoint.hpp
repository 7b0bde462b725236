// SPDX-License-Identifier: MIT
// Where an exhaustive search stands, as a text file.
//
//     racekit checkpoint 1
//     of lock/lost_update fixed
//     program 5c1e90ab12cd77e0
//     split 7 shard 1/2
//     gap load_buffering ring.cpp:12/ring.cpp:30   what a clean verdict will warn of
//     done 0 12 3              a prefix, its executions, its pruned ones
//     open 4 100 3 t0:3:0:1 d0:2   one that was under way, and the choices that come next
//     end 1f2e3d4c5b6a7988
#pragma once

#include "model/strategies/exhaustive.hpp"

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace racekit::model {

struct checkpoint {
    std::string of;               ///< scenario and variant
    std::uint64_t program = 0;    ///< a hash of the program that explores it, and so of its source
    unsigned split = 0;           ///< steps of a prefix
    unsigned shard = 1;
    unsigned shards = 1;

    struct part {
        leaves seen;
        std::string stopped_at;  ///< empty: all of it was searched
    };
    std::map<std::uint64_t, part> prefixes;
    std::vector<std::string> unsupported_outcomes;  ///< unsupported_outcomes::state()
};

/// The program that runs now, and the shared libraries that it has loaded.
[[nodiscard]] std::uint64_t hash_of_program();

/// Written whole or not at all. Throws std::system_error.
void write_checkpoint(std::string const& file, checkpoint const& what);

/// False if there is no such file. Throws usage_error, in one line, if it is damaged or of another
/// scenario, variant, source or shard than `expected`.
[[nodiscard]] bool read_checkpoint(std::string const& file, checkpoint const& expected,
                                   checkpoint& what);

}  // namespace racekit::model
