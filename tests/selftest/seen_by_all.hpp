// SPDX-License-Identifier: MIT
// A small program under every reduction, in a test.
#pragma once

#include "small_programs.hpp"

#include <gtest/gtest.h>

namespace racekit::model::fuzz {

/// What the unreduced search sees; that the others see the same is expected here.
inline sighting seen_by_all(small_program const& what) {
    constexpr std::uint64_t most = 200'000;
    sighting const unreduced = search(what, exhaustive::reduction::none, most);
    EXPECT_FALSE(unreduced.cut);
    for (auto const how :
         {exhaustive::reduction::sleep_sets, exhaustive::reduction::stale_commutation,
          exhaustive::reduction::source_sets}) {
        sighting const reduced = search(what, how, most);
        EXPECT_EQ("", difference(what, unreduced, reduced)) << to_text(what);
        EXPECT_LE(reduced.executions, unreduced.executions);
    }
    return unreduced;
}

}  // namespace racekit::model::fuzz
