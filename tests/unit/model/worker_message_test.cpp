// SPDX-License-Identifier: MIT
// What the workers of a search report: one form of message for all of them.
#include "core/budget.hpp"
#include "model/search/worker_message.hpp"

#include <gtest/gtest.h>

#include <stdexcept>

namespace {

using namespace racekit;
using namespace racekit::model;
using kind = worker_message::kind;

worker_message message(kind what, std::uint64_t place, std::uint64_t executions,
                       std::uint64_t pruned = 0, int bound = -1) {
    worker_message made;
    made.what = what;
    made.place = place;
    made.executions = executions;
    made.pruned = pruned;
    made.bound = bound;
    return made;
}

worker_message finding(std::uint64_t place, std::uint64_t executions) {
    worker_message made = message(kind::found, place, executions);
    made.schedule = "0.1.1";
    made.text = "failed check";
    return made;
}

TEST(worker_messages, a_line_holds_every_field) {
    EXPECT_EQ("found 4 100 0 -1 0.1.1 failed check", to_line(finding(4, 100)));
    EXPECT_EQ("count 0 100 3 2 - ", to_line(message(kind::count, 0, 100, 3, 2)));
}

TEST(worker_messages, every_kind_is_read_as_it_was_written) {
    for (kind const what : {kind::count, kind::done, kind::open, kind::found, kind::covered,
                            kind::diverged}) {
        worker_message sent = message(what, 7, 1'000'000'000'000U, 3, 2);
        if (what == kind::open) sent.text = "t0:3:0:1 d0:2";
        if (what == kind::found) {
            sent.schedule = "0.1;2";
            sent.text = "use after free";
        }
        worker_message const got = parse_worker_message(to_line(sent));
        EXPECT_EQ(sent.what, got.what);
        EXPECT_EQ(sent.place, got.place);
        EXPECT_EQ(sent.executions, got.executions);
        EXPECT_EQ(sent.pruned, got.pruned);
        EXPECT_EQ(sent.bound, got.bound);
        EXPECT_EQ(sent.schedule, got.schedule);
        EXPECT_EQ(sent.text, got.text);
    }
}

TEST(worker_messages, another_line_is_an_error) {
    for (char const* const line : {"", "hello 1 2 3 4 - x", "count 1 2", "found a 1 2 3 - x"})
        EXPECT_THROW((void)parse_worker_message(line), std::invalid_argument) << line;
}

TEST(worker_messages, reports_keep_the_last_counts_and_the_lowest_finding) {
    worker_reports reports(2);
    reports.add(0, message(kind::count, 0, 10, 1, 0));
    reports.add(1, message(kind::count, 0, 20, 2, 3));
    reports.add(0, message(kind::count, 0, 15, 1, 1));
    EXPECT_EQ(35U, reports.sum().executions);
    EXPECT_EQ(3U, reports.sum().pruned);
    EXPECT_EQ(3, reports.bound());

    EXPECT_FALSE(reports.found());
    reports.add(1, finding(9, 5));
    reports.add(0, finding(4, 6));
    reports.add(1, finding(8, 7));
    ASSERT_TRUE(reports.found());
    EXPECT_EQ(4U, reports.found()->place);
    EXPECT_EQ(106U, finding_of(*reports.found(), 100).number);
    EXPECT_EQ("failed check", finding_of(*reports.found(), 100).kind);

    EXPECT_FALSE(reports.any_covered());
    reports.add(1, message(kind::covered, 0, 0));
    EXPECT_TRUE(reports.any_covered());
    EXPECT_FALSE(reports.all_covered());
    reports.add(0, message(kind::covered, 0, 0));
    EXPECT_TRUE(reports.all_covered());
    EXPECT_FALSE(reports.diverged());
    reports.add(0, message(kind::diverged, 0, 0));
    EXPECT_TRUE(reports.diverged());
}

TEST(budgets, executions_and_time_end_a_search) {
    budget few(budget::time_point::max(), 3);
    EXPECT_FALSE(few.spent(2));
    EXPECT_FALSE(few.is_spent());
    EXPECT_TRUE(few.spent(3));
    EXPECT_TRUE(few.is_spent());

    budget late(budget::time_point::min(), budget::unlimited);
    unsigned questions = 1;
    while (!late.spent(questions) && questions < 100) ++questions;
    EXPECT_EQ(16U, questions) << "the clock is read at every sixteenth question";

    processor_budget unlimited(processor_budget::time_point::max(), processor_budget::unlimited);
    for (std::uint64_t count = 1; count < 100; ++count) EXPECT_FALSE(unlimited.spent(count << 40));
}

}  // namespace
