// SPDX-License-Identifier: MIT
// Which object an operation is about, by its column; and that two objects never share a name.
#include "core/object_names.hpp"

#include <gtest/gtest.h>

#include <string>

namespace racekit {
namespace {

/// The expression at the first `^` of the marks below the text.
std::string object(std::string const& text, std::string const& marks, char const* methods) {
    int const column = static_cast<int>(marks.find('^')) + 1;
    return object_at_column(text, column, methods).text();
}

TEST(object_expression, each_operation_of_a_line_has_its_own_object) {
    std::string const line = "if (a.load()) { shared.b.store(1); x = c_->load(); }";
    EXPECT_EQ(object(line, "    ^", "load"), "a");
    EXPECT_EQ(object(line, "                ^", "store"), "b");
    EXPECT_EQ(object(line, "                                       ^", "load"), "c");
}

TEST(object_expression, debug_information_points_at_the_member_or_the_operator) {
    EXPECT_EQ(object("one.first.load();", "          ^", "load"), "first");
    EXPECT_EQ(object("rows[at(2)].next->store(1);", "                  ^", "store"), "next");
    EXPECT_EQ(object("*freed = 2;", "       ^", ""), "freed");
    EXPECT_EQ(object("shared.count += 2;", "             ^", ""), "count");
    EXPECT_EQ(object("++count;", "^", ""), "count");
    EXPECT_EQ(object("use(shared.value);", "           ^", ""), "value");
}

TEST(object_expression, an_index_is_kept_as_written) {
    EXPECT_EQ(object("cell[3 - self].store(1);", "^", "store"), "cell[3 - self]");
    EXPECT_EQ(object("rows_[f(a, b)[0]].take();", "^", "take"), "rows[f(a, b)[0]]");
}

TEST(object_expression, a_guard_and_a_function_act_on_their_first_argument) {
    EXPECT_EQ(object("racekit::scoped_lock hold(gates[1]);", "                     ^", "lock"),
              "gates[1]");
    EXPECT_EQ(object("racekit::await(self.ready, [](bool it) { return it; });", "^", "load"),
              "ready");
    EXPECT_EQ(object("auto x = racekit::await_until(\n    answer, is_one, limit, got);",
                     "         ^", "load"),
              "answer");
    EXPECT_EQ(object("std::unique_lock<racekit::mutex> hold{gate};",
                     "                                 ^", "lock"),
              "gate");
}

TEST(object_expression, an_argument_of_a_macro_has_the_column_of_its_end) {
    EXPECT_EQ(object("CHECK_EQUAL(0, inside.fetch_add(1));", "                                  ^",
                     "fetch_add"),
              "inside");
    EXPECT_EQ(object("CHECK(f(1) == cells[at]->load());", "                               ^",
                     "load"),
              "cells[at]");
    EXPECT_EQ(object("CHECK(queue.try_push(7));", "                       ^", "write|put"),
              "queue");
    // Both calls have this column: neither is named rather than one wrongly.
    EXPECT_EQ(object("CHECK(left.load() == right.load());", "                                 ^",
                     "load"),
              "");
}

TEST(object_expression, a_type_a_number_or_a_part_of_a_name_is_no_object) {
    EXPECT_EQ(object("LOAD_OF(uint, unsigned int)", "^", "load"), "");
    EXPECT_EQ(object("STORE_OF(32, uint32_t)", "^", "store"), "");
    EXPECT_EQ(object("use(32);", "^", "load"), "");
    EXPECT_EQ(object("LOAD_AS(uint, &made->head);", "^", "load"), "head");
    EXPECT_EQ(object("LOAD_AS(cell, &made->head);", "^", "load"), "head");
    EXPECT_EQ(object("LOAD_AS(cell*, head);", "^", "load"), "head");
    EXPECT_EQ(object("LOCK(gate);", "^", "lock"), "gate");
    EXPECT_EQ(object("store_32(&made->tail, 1);", "^", "store"), "tail");
    EXPECT_EQ(object("(unsigned)(made->tail)++;", "^", ""), "tail");
    EXPECT_EQ(object("*(volatile int*)&made->head = 1;", "^", ""), "head");
}

TEST(object_expression, of_a_chain_the_call_that_performs_the_operation_counts) {
    EXPECT_EQ(object("last.exchange(one)->next.store(two);", "^", "store"), "next");
    EXPECT_EQ(object("last.exchange(one)->next.store(two);", "^", "exchange"), "last");
    EXPECT_EQ(object("delete shared;", "^", "drop"), "shared");
}

object_use use(std::uint64_t place, int thread, char const* name, char const* index = "") {
    return {place, thread, {name, index}};
}

TEST(object_expression, a_condition_that_chooses_an_object_is_not_the_object) {
    EXPECT_EQ(object("(self == 0 ? all->left : all->right).write(1);", "^", "write"),
              "left or right");
    EXPECT_EQ(object("(mine ? cells[0] : cells[at[1]]).store(1);", "^", "store"), "cells");
    EXPECT_EQ(object("(is(x ? 1 : 2) ? one::a : (b ? one::c : d)).load();", "^", "load"),
              "a or c or d");
}

TEST(object_names, elements_are_numbered_as_the_source_numbers_them) {
    auto const written = names_of_objects({use(132, 0, "next", "2"), use(116, 1, "next", "1")});
    EXPECT_EQ(written.at(132), "next[2]");
    EXPECT_EQ(written.at(116), "next[1]");
    auto const by_thread = names_of_objects(
        {use(108, 1, "flag", "self"), use(100, 1, "flag", "1 - self"),
         use(100, 0, "flag", "self")});
    EXPECT_EQ(by_thread.at(108), "flag[1]");
    EXPECT_EQ(by_thread.at(100), "flag[0]");
}

TEST(object_names, an_element_is_counted_from_one_that_is_known) {
    auto const names = names_of_objects({use(148, 0, "cell", "at"), use(116, 0, "cell", "1"),
                                         use(132, 0, "cell", "2"), use(100, 0, "cell", "at")});
    EXPECT_EQ(names.at(148), "cell[3]");
    EXPECT_EQ(names.at(100), "cell[0]");
}

TEST(object_names, an_index_that_contradicts_the_places_is_not_believed) {
    // Here `self` is not the number of the thread.
    auto const names = names_of_objects({use(100, 1, "cell", "self"), use(108, 0, "cell", "self")});
    EXPECT_EQ(names.at(100), "cell[0]");
    EXPECT_EQ(names.at(108), "cell[1]");
}

TEST(object_names, two_objects_never_share_a_name) {
    auto const names =
        names_of_objects({use(900, 0, "next"), use(100, 0, "next"), use(900, 1, "x")});
    EXPECT_EQ(names.at(900), "next");
    EXPECT_EQ(names.at(100), "next#2");
    EXPECT_EQ(names.size(), 2U);
}

}  // namespace
}  // namespace racekit
