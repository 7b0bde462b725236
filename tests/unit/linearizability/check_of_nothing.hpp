// SPDX-License-Identifier: MIT
// What a check of nothing must say, in every flavour.
#pragma once

#include "specifications.hpp"

#include <gtest/gtest.h>

#include <stdexcept>

namespace racekit {

/// What did nothing is not linearizable. `whole` has no operations before, and one afterwards.
inline void refuses_to_check_nothing(linearizable<specified::value, specified::value>& whole) {
    EXPECT_THROW((void)whole(), std::invalid_argument) << "no operations";
    whole.operation("load()", [](auto& value) { return value.load(); });
    EXPECT_THROW((void)whole({.threads = 0}), std::invalid_argument);
    EXPECT_THROW((void)whole({.sequences = 0}), std::invalid_argument);
    EXPECT_THROW((void)whole({.calls = 0}), std::invalid_argument);
    linear_verdict const seen = whole({.seconds = 0});
    EXPECT_EQ(seen.executions, 0U);
    EXPECT_FALSE(seen.linearizable);
    EXPECT_NE(seen.text.find("INCONCLUSIVE: nothing was run"), std::string::npos) << seen.text;
}

}  // namespace racekit
