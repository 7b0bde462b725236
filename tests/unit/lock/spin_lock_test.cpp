// SPDX-License-Identifier: MIT
// spin_lock: what every lock must do, in one byte.
#include "any_lock.hpp"

#include <racekit/lock/spin_lock.hpp>

#include <gtest/gtest.h>

namespace {

INSTANTIATE_TYPED_TEST_SUITE_P(spin_lock, any_lock, racekit::spin_lock);

TEST(spin_lock, is_one_byte) { EXPECT_EQ(sizeof(racekit::spin_lock), 1U); }

}  // namespace
