// SPDX-License-Identifier: MIT
#include "program.hpp"
#include "../lock/std_names.hpp"

#include <gtest/gtest.h>

namespace {

using namespace racekit;
using namespace racekit::model;

TEST(model_std_names, are_the_same) {
    struct shared {};
    program<shared> body;
    body.threads = {[](shared&) {
        RACEKIT_CHECK_EQUAL(0, std_names::atomics());
        RACEKIT_CHECK_EQUAL(0, std_names::locks());
    }};
    explored const seen = explore(body);
    EXPECT_EQ("", seen.kind()) << seen.found->consequence;
}

// An atomic constructed before the first execution would be the same for all executions.
TEST(model_std_names, an_object_made_outside_every_test_body_is_an_error) {
    EXPECT_EXIT(atomic<int>{0}, testing::ExitedWithCode(70),
                "std_names_test.cpp:[0-9]+: .* made outside every test body");
}

}  // namespace
