// SPDX-License-Identifier: MIT
// Operators of an atomic cannot take the place of their call as an argument; the model finds it.
#include "program.hpp"

#include "model/core/trace.hpp"
#include "model/core/unsupported.hpp"

#include <racekit/lock/mutex.hpp>

#include <gtest/gtest.h>

#include <mutex>
#include <string>
#include <vector>

namespace {

using namespace racekit;
using namespace racekit::model;

constexpr int first_line = __LINE__ + 2;
struct cells {
    atomic<int> number{0}, other{0};
    void change() {
        ++number;                    // + 2
        number++;                    // + 3
        number += 2; other -= 3;     // + 4
        number = 5;                  // + 5
        int const seen = other;      // + 6
        bits |= 4;                   // + 7
        (void)seen;
    }
    atomic<unsigned> bits{1};
};

struct shown {
    std::string object;
    int line;
};

/// The rows of the first execution, with the names of their objects.
std::vector<shown> recorded(program<cells>& body) {
    exploration_config config;
    config.threads = static_cast<int>(body.threads.size());
    config.record = true;
    engine explorer(body, config);
    exhaustive systematically;
    execution_record const& last =
        explorer.play(systematically, [](std::uint64_t) { return true; });
    std::vector<std::string> const names = names_of(last.rows, last.objects);
    std::vector<shown> rows;
    for (row const& each : last.rows) {
        EXPECT_NE(std::string(each.where.file).find("operator_lines_test.cpp"), std::string::npos)
            << each.action << " is shown at " << each.where.file << ":" << each.where.line;
        rows.push_back({names[each.object], each.where.line - first_line});
    }
    return rows;
}

TEST(operator_lines, each_operator_is_shown_where_it_stands_and_by_its_object) {
    program<cells> body;
    body.threads = {[](cells& all) { all.change(); }};
    std::vector<shown> const rows = recorded(body);
    std::vector<std::pair<std::string, int>> const expected{
        {"number", 2}, {"number", 3}, {"number", 4}, {"other", 4},
        {"number", 5}, {"other", 6},  {"bits", 7}};
    ASSERT_EQ(expected.size(), rows.size());
    for (std::size_t at = 0; at < rows.size(); ++at) {
        EXPECT_EQ(expected[at].first, rows[at].object) << "row " << at;
        EXPECT_EQ(expected[at].second, rows[at].line) << "row " << at;
    }
}

// std's guards call lock() and unlock() in their own header.
TEST(operator_lines, guards_of_std_are_shown_where_they_stand) {
    struct guarded {
        racekit::mutex gate;
        plain<int> items{0};
    };
    program<guarded> body;
    constexpr int line = __LINE__ + 2;
    body.threads = {[](guarded& all) {
        std::scoped_lock hold(all.gate);
        all.items.write(1);
    }};
    exploration_config config;
    config.threads = 1;
    config.record = config.plain_visible = true;
    engine explorer(body, config);
    exhaustive systematically;
    execution_record const& last =
        explorer.play(systematically, [](std::uint64_t) { return true; });
    std::vector<std::string> const names = names_of(last.rows, last.objects);
    ASSERT_EQ(3U, last.rows.size());
    EXPECT_EQ(line, last.rows[0].where.line);
    EXPECT_EQ("gate", names[last.rows[0].object]);
    EXPECT_EQ("gate", names[last.rows[2].object]);
    for (row const& each : last.rows)
        EXPECT_NE(std::string(each.where.file).find("operator_lines_test.cpp"), std::string::npos)
            << each.action << " is shown at " << each.where.file << ":" << each.where.line;
}

// A warning names lines of executions that were not recorded.
TEST(operator_lines, a_warning_of_load_buffering_names_the_lines_of_operators) {
    struct pair {
        atomic<int> left{0}, right{0};
    };
    program<pair> body;
    constexpr int line = __LINE__ + 1;
    body.threads = {[](pair& all) { int const seen = all.left; all.right = 1 + 0 * seen; },
                    [](pair& all) {
                        (void)all.right.load(std::memory_order_relaxed);
                        all.left.store(1, std::memory_order_relaxed);
                    }};
    unsupported_outcomes::forget();
    (void)explore(body);
    std::string text;
    for (warning const& each : unsupported_outcomes::met()) text += each.text;
    EXPECT_EQ(text.find("atomic_interface.hpp"), std::string::npos) << text;
    EXPECT_NE(text.find("operator_lines_test.cpp:" + std::to_string(line)), std::string::npos)
        << text;
}

}  // namespace
