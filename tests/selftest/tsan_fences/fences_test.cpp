// SPDX-License-Identifier: MIT
// Fences under the tsan detector: no alarm on a program that they order, and none missed on its
// racy twin.
#include "tsan/tsan.hpp"

#include <racekit/registry.hpp>

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace racekit {
namespace {

std::vector<std::string> names() {
    std::vector<std::string> all;
    for (scenario const& each : registry()) {
        if (each.about.tsan.sight != sight::absent) all.emplace_back(each.name);
    }
    return all;
}

scenario const& named(std::string const& name) {
    for (scenario const& each : registry()) {
        if (name == each.name) return each;
    }
    throw std::out_of_range(name);
}

class fence_case : public testing::TestWithParam<std::string> {};

TEST_P(fence_case, fixed_is_clean) {
    auto const seen = tsan::look(named(GetParam()), variant::fixed, settings{});
    EXPECT_EQ(seen.how, observation::state::clean)
        << (seen.found ? seen.found->kind + " on " + seen.found->subject : seen.trouble);
}

TEST_P(fence_case, racy_is_found) {
    scenario const& what = named(GetParam());
    auto const seen = tsan::look(what, variant::racy, settings{});
    if (what.about.tsan.sight != sight::finds) return;  // the first test is what counts
    ASSERT_TRUE(seen.found) << seen.trouble;
    if (what.about.tsan.words[0] != '\0') {
        EXPECT_EQ(seen.found->kind, what.about.tsan.words);
    } else {
        // Whether a freed object is read or being freed is a matter of the schedule.
        EXPECT_TRUE(seen.found->kind == "data race" || seen.found->kind == "use after free")
            << seen.found->kind;
    }
}

INSTANTIATE_TEST_SUITE_P(all, fence_case, testing::ValuesIn(names()),
                         [](auto const& one) { return one.param; });

}  // namespace
}  // namespace racekit
