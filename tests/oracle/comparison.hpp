// SPDX-License-Identifier: MIT
// The engine beside the oracle: in what they differ over one program, and what of it is declared.
#pragma once

#include "engine_side.hpp"
#include "oracle.hpp"

#include <string>
#include <vector>

namespace racekit::oracle {

/// One kind of difference over one program.
struct difference {
    std::string kind;
    bool is_error = true;  ///< what the engine shows is wrong, not merely incomplete
    std::vector<outcome> outcomes;
};

struct comparison {
    answer allowed;
    shown seen;
    std::vector<difference> differences;
    std::vector<std::string> idle_warnings;  ///< kinds of warnings for which nothing is missing
    bool skipped = false;                    ///< too large for one of the two
};

/// Runs a program through both. Kinds:
///   "made up"                   the engine shows what the oracle forbids
///   "false race", "finding"     it finds what is not there
///   "<need>, warned"            an outcome or a race is not shown, and the verdict warns of it
///   "<need>, not warned"        the same in silence; a need is that of oracle.hpp
///   "own store in S"            a seq_cst load of a store of its own thread is ordered (LWG 3941)
///   "failing compare_exchange"  only where one failed twice on what it had read
///   "undeclared"                anything else that is missing
[[nodiscard]] comparison compare(program const& what, std::string_view memory);

/// Both sides and their differences, as text.
[[nodiscard]] std::string to_text(program const& what, comparison const& result);

}  // namespace racekit::oracle
