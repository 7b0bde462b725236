// SPDX-License-Identifier: MIT
#include "std_names.hpp"

#include <gtest/gtest.h>

namespace {

TEST(std_names, atomics_have_them) { EXPECT_EQ(0, std_names::atomics()); }
TEST(std_names, locks_have_them) { EXPECT_EQ(0, std_names::locks()); }

}  // namespace
