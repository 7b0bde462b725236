// SPDX-License-Identifier: MIT
// The programs that a client generates.
#include "check_of_nothing.hpp"
#include "specifications.hpp"

#include "linearizability/programs.hpp"

#include <gtest/gtest.h>

#include <set>

namespace {

using namespace racekit;
using namespace racekit::linearity;

std::vector<std::vector<std::string>> all(subject const& what, linear_client const& client) {
    std::vector<std::vector<std::string>> lines;
    for (program const& each : programs(what, client)) lines.push_back(lines_of(what, each));
    return lines;
}

using value = linearizable<specified::value, specified::value>;

TEST(linearizability_programs, threads_are_interchangeable) {
    value whole("value");
    whole.operation("load()", [](auto& value) { return value.load(); });
    whole.operation("store(1)", [](auto& value) { value.store(1); });
    std::vector<std::vector<std::string>> const expected{{"load()"},
                                                         {"store(1)"},
                                                         {"load()", "load()"},
                                                         {"load()", "store(1)"},
                                                         {"store(1)", "store(1)"}};
    EXPECT_EQ(expected, all(whole.as_subject(), {.threads = 2, .sequences = 1}));
}

TEST(linearizability_programs, small_ones_come_first_and_none_comes_twice) {
    value whole("value");
    whole.operation("load()", [](auto& value) { return value.load(); });
    whole.operation("store(1)", [](auto& value) { value.store(1); });
    whole.operation("store(2)", [](auto& value) { value.store(2); });
    subject const& what = whole.as_subject();
    auto const found = programs(what, {.threads = 3, .sequences = 2, .calls = 5});
    std::set<std::multiset<std::vector<unsigned>>> seen;
    std::size_t last = 0;
    for (program const& each : found) {
        EXPECT_LE(last, calls_of(what, each));
        last = calls_of(what, each);
        EXPECT_TRUE(seen.emplace(each.begin(), each.end()).second);
    }
    EXPECT_EQ(5U, last);
    // 12 sequences, of which 3 have one call: all multisets of up to 3, but for those of 6 calls.
    EXPECT_EQ(12U + 78U + (364U - 165U), found.size());
}

TEST(linearizability_programs, a_role_is_played_by_one_thread) {
    value whole("value");
    whole.operation(
        "load()", [](auto& value) { return value.load(); }, "reader");
    whole.operation(
        "store(1)", [](auto& value) { value.store(1); }, "writer");
    std::vector<std::vector<std::string>> const expected{
        {"load()"}, {"store(1)"}, {"load()", "store(1)"}};
    EXPECT_EQ(expected, all(whole.as_subject(), {.threads = 2, .sequences = 1}));
}

TEST(linearizability_programs, a_call_sequence_counts_all_its_calls) {
    linearizable<specified::lock, specified::lock> whole("lock");
    auto const lock = whole.step("lock()", [](auto& gate) { gate.lock_exclusive(); });
    auto const unlock = whole.step("unlock()", [](auto& gate) { gate.unlock(); });
    whole.sequence({lock, unlock});
    EXPECT_EQ(2U,
              programs(whole.as_subject(), {.threads = 2, .sequences = 2, .calls = 2}).size() +
                  programs(whole.as_subject(), {.threads = 2, .sequences = 1, .calls = 3}).size());
    EXPECT_EQ((std::vector<std::vector<std::string>>{{"lock(), unlock()"},
                                                     {"lock(), unlock()", "lock(), unlock()"}}),
              all(whole.as_subject(), {.threads = 2, .sequences = 1, .calls = 4}));
}

TEST(linearizability_programs, some_wait_for_ever_by_the_specification) {
    linearizable<specified::waiting_queue, specified::waiting_queue> whole("queue", 1U);
    whole.operation("put(1)", [](auto& queue) { return queue.put(1); });
    whole.operation("get()", [](auto& queue) {
        int into = 0;
        return queue.get(into);
    });
    subject const& what = whole.as_subject();
    EXPECT_TRUE(can_wait_for_ever(what, {{1}}));
    EXPECT_TRUE(can_wait_for_ever(what, {{0, 0}}));
    EXPECT_FALSE(can_wait_for_ever(what, {{0}, {1}}));
    EXPECT_FALSE(can_wait_for_ever(what, {{0, 0}, {1}}));
    EXPECT_TRUE(can_wait_for_ever(what, {{0, 1}, {1}}));
}

/// What did nothing is not linearizable.
TEST(linearizability_programs, a_check_of_nothing_is_no_verdict) {
    value whole("value");
    refuses_to_check_nothing(whole);
}

}  // namespace
