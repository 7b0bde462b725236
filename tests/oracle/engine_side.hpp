// SPDX-License-Identifier: MIT
// The same small programs in the engine: everything that it shows, and what it warns of.
#pragma once

#include "program.hpp"

#include <cstdint>
#include <set>
#include <string>
#include <string_view>

namespace racekit::oracle {

struct shown {
    std::set<outcome> outcomes;
    std::string finding;  ///< the kind; empty: none
    std::set<std::string> warnings;
    std::uint64_t executions = 0;
    bool cut = false;  ///< there were more executions than allowed
};

/// The names that `explore` knows for a memory, separated by blanks.
[[nodiscard]] std::string memories();

/// Plays all executions, `most` at most, or up to one that is not sequentially consistent, which is
/// then the finding "weak execution". Throws std::invalid_argument for a memory that is not
/// there, and for more than eight atomics or plain variables.
[[nodiscard]] shown explore(program const& what, std::string_view memory = "exact",
                            std::uint64_t most = 200'000, bool find_weak = false);

}  // namespace racekit::oracle
