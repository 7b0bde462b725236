// SPDX-License-Identifier: MIT
// Whether TSan can start, whether its silence can be trusted, and that nothing is suppressed.
#include "tsan/start_up.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <string>

namespace racekit::tsan {
namespace {

environment usual() { return {false, 28, true, true}; }

TEST(start_up, has_no_obstacle_here) { EXPECT_EQ(start_obstacle(usual()), nullptr); }

TEST(start_up, tells_of_a_limited_address_space) {
    environment here = usual();
    here.address_space_limited = true;
    ASSERT_NE(start_obstacle(here), nullptr);
    EXPECT_NE(std::string(start_obstacle(here)).find("ulimit -v unlimited"), std::string::npos);
}

TEST(start_up, tells_of_randomised_addresses_only_if_they_cannot_be_turned_off) {
    environment here = usual();
    here.random_bits = 32;
    EXPECT_EQ(start_obstacle(here), nullptr);
    here.may_turn_off = false;
    ASSERT_NE(start_obstacle(here), nullptr);
    EXPECT_NE(std::string(start_obstacle(here)).find("vm.mmap_rnd_bits"), std::string::npos);
    here.randomised = false;
    EXPECT_EQ(start_obstacle(here), nullptr);
}

TEST(start_up, obstacles_are_one_line) {
    environment here = usual();
    here.address_space_limited = true;
    std::string const text = start_obstacle(here);
    EXPECT_EQ(text.find('\n'), text.size() - 1);
}

TEST(start_up, distrusts_options_that_hold_reports_back) {
    EXPECT_EQ(reason_to_distrust(nullptr), "");
    EXPECT_EQ(reason_to_distrust("verbosity=1"), "");
    EXPECT_NE(reason_to_distrust("suppressions=/tmp/mine"), "");
    EXPECT_NE(reason_to_distrust("verbosity=1:report_bugs=0"), "");
}

TEST(suppressions, are_empty) {
    ASSERT_TRUE(std::filesystem::exists(RACEKIT_SUPPRESSIONS));
    EXPECT_EQ(std::filesystem::file_size(RACEKIT_SUPPRESSIONS), 0U);
}

}  // namespace
}  // namespace racekit::tsan

extern "C" char const* __tsan_default_suppressions();

TEST(suppressions, compiled_in_are_empty_too) {
    EXPECT_STREQ(__tsan_default_suppressions(), "");
}
