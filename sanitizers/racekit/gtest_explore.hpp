// SPDX-License-Identifier: MIT
// GoogleTest expectations about what racekit::explore() sees.
//
//     TEST(counter, counts) {
//         EXPECT_EXHAUSTED(racekit::explore([] { ... }));
//         EXPECT_FINDS("data race", racekit::explore([] { ... }));
//     }
#pragma once

#include <racekit/explore.hpp>

#include <gtest/gtest.h>

namespace racekit {

inline ::testing::AssertionResult is_exhausted(explored const& seen) {
    if (seen.found.empty() && seen.exhausted) return ::testing::AssertionSuccess();
    return ::testing::AssertionFailure()
           << (seen.found.empty() ? "not every execution was covered\n" : "") << seen.text;
}

inline ::testing::AssertionResult has_finding(std::string const& kind, explored const& seen) {
    if (seen.found == kind) return ::testing::AssertionSuccess();
    return ::testing::AssertionFailure() << "no " << kind << " was found\n" << seen.text;
}

}  // namespace racekit

/// All executions were covered, with no finding and no warning about something that was left out.
#define EXPECT_EXHAUSTED(...) EXPECT_TRUE(::racekit::is_exhausted(__VA_ARGS__))
/// A finding of this kind ("data race", "deadlock", ...).
#define EXPECT_FINDS(kind, ...) EXPECT_TRUE(::racekit::has_finding(kind, __VA_ARGS__))
