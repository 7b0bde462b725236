// SPDX-License-Identifier: MIT
// A look yields while yields are short, and stops doing so where others compute.
#include <racekit/server/sharing_look.hpp>

#include <gtest/gtest.h>

#include <chrono>
#include <unistd.h>

namespace {

using namespace racekit;
using namespace std::chrono_literals;

TEST(sharing_look, yields_no_more_after_long_yields) {
    sharing_look look;
    int yields = 0;
    for (int each = 0; each < 10; ++each) {
        look.pause([&] {
            ++yields;
            ::usleep(50'000);
        });
    }
    EXPECT_EQ(yields, 2) << "the second long one is too many, for more than a second";
    deadline const before = clock::now();
    EXPECT_LT(look.end(1h) - before, 30min) << "a look that keeps the processor is shorter";
}

TEST(sharing_look, one_long_yield_is_no_reason) {
    sharing_look look;
    look.pause([] { ::usleep(5'000); });
    deadline const before = clock::now();
    EXPECT_GE(look.end(1h) - before, 1h);
    int yields = 0;
    look.pause([&] { ++yields; });
    EXPECT_EQ(yields, 1);
}

TEST(sharing_look, yields_again_after_a_while) {
    sharing_look look;
    int yields = 0;
    for (int each = 0; each < 3; ++each) look.pause([&] { ++yields, ::usleep(2'000); });
    for (deadline const most = after(30s); yields < 3 && clock::now() < most;)
        look.pause([&] { ++yields; });
    EXPECT_GE(yields, 3);
}

}  // namespace
