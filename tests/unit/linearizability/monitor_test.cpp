// SPDX-License-Identifier: MIT
// The monitor of long queue histories.
#include <racekit/fifo_monitor.hpp>

#include <gtest/gtest.h>

namespace {

using racekit::drained;
using racekit::fifo_history;
using racekit::fifo_violation;

std::string verdict(fifo_history const& seen, drained at_end = drained::yes) {
    return fifo_violation(seen, at_end).value_or("");
}

TEST(fifo_monitor, order_is_kept) {
    fifo_history seen;
    for (std::uint64_t value = 0; value < 1000; ++value) seen.put(value, 2 * value, 2 * value + 1);
    for (std::uint64_t value = 0; value < 1000; ++value)
        seen.got(value, 5000 + 2 * value, 5000 + 2 * value + 1);
    EXPECT_EQ("", verdict(seen));
}

TEST(fifo_monitor, an_element_lost_is_reported_only_of_a_drained_queue) {
    fifo_history seen;
    seen.put(7, 0, 1);
    EXPECT_EQ("element 7 was put and lost", verdict(seen));
    EXPECT_EQ("", verdict(seen, drained::no));
}

TEST(fifo_monitor, an_element_that_stays_is_overtaken) {
    fifo_history seen;
    seen.put(1, 0, 1);
    seen.put(2, 2, 3);
    seen.got(2, 4, 5);
    EXPECT_EQ("element 2 overtook element 1, which was put before it", verdict(seen, drained::no));
}

TEST(fifo_monitor, doubled_and_invented) {
    fifo_history twice;
    twice.put(1, 0, 1);
    twice.got(1, 2, 3);
    twice.got(1, 4, 5);
    EXPECT_EQ("element 1 was got twice", verdict(twice));
    for (std::uint64_t const stranger : {0U, 9U}) {
        fifo_history invented;
        invented.put(1, 0, 1);
        invented.got(1, 2, 3);
        invented.got(stranger, 2, 3);
        EXPECT_EQ("element " + std::to_string(stranger) + " was got, but never put",
                  verdict(invented));
    }
}

TEST(fifo_monitor, got_before_put) {
    fifo_history seen;
    seen.got(1, 0, 1);
    seen.put(1, 2, 3);
    EXPECT_EQ("element 1 was got before it was put", verdict(seen));
    fifo_history overlapping;
    overlapping.got(1, 0, 2);
    overlapping.put(1, 1, 3);
    EXPECT_EQ("", verdict(overlapping));
}

TEST(fifo_monitor, what_overlaps_may_overtake) {
    for (bool const puts_overlap : {true, false}) {
        for (bool const gets_overlap : {true, false}) {
            fifo_history seen;
            seen.put(1, 0, puts_overlap ? 3 : 1);
            seen.put(2, 2, 4);
            seen.got(2, 5, gets_overlap ? 8 : 6);
            seen.got(1, 7, 9);
            EXPECT_EQ(puts_overlap || gets_overlap
                          ? ""
                          : "element 2 overtook element 1, which was put before it",
                      verdict(seen));
        }
    }
}

}  // namespace
