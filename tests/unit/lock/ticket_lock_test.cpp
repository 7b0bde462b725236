// SPDX-License-Identifier: MIT
// ticket_lock: all that a lock must do, in order of arrival.
#include "any_lock.hpp"

#include <racekit/lock/ticket_lock.hpp>

namespace {

INSTANTIATE_TYPED_TEST_SUITE_P(ticket_lock, any_lock, racekit::ticket_lock);

TEST(ticket_lock, serves_in_order_of_arrival) {
    serves_in_order_of_arrival<racekit::ticket_lock>();
}

TEST(ticket_lock, is_two_words) { EXPECT_EQ(sizeof(racekit::ticket_lock), 8U); }

}  // namespace
