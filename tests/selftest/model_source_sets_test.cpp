// SPDX-License-Identifier: MIT
// Source sets and sleep sets rest on conditions that are easily lost. Each program below is the
// smallest, of tens of thousands made up at random, in which one of them shows: broken on
// purpose, an outcome is missing or the executions are other than these. What each guards stands
// above it; the functions are those of exhaustive.cpp and exhaustive_races.cpp.
#include "seen_by_all.hpp"

#include <gtest/gtest.h>

#include <ostream>

namespace {

using namespace racekit;
using namespace racekit::model;
using namespace racekit::model::fuzz;

constexpr auto relaxed = std::memory_order_relaxed;
constexpr auto acquire = std::memory_order_acquire;
constexpr auto release = std::memory_order_release;
constexpr auto seq_cst = std::memory_order_seq_cst;

struct guard {
    char const* name;
    std::vector<std::vector<instruction>> threads;
    std::uint64_t executions;  // with Relacy's memory
    std::uint64_t pruned;
    thread_set mortal = 0;
    bool plain_visible = false;
};
void PrintTo(guard const& what, std::ostream* out) { *out << what.name; }

class model_source_sets : public testing::TestWithParam<guard> {};

TEST_P(model_source_sets, see_all_in_so_many_executions) {
    guard const& is = GetParam();
    small_program what;
    what.threads = is.threads;
    what.mortal = is.mortal;
    what.plain_visible = is.plain_visible;
    (void)seen_by_all(what);
    what.memory = memory_kind::relacy;
    (void)seen_by_all(what);
    sighting const seen = search(what, exhaustive::reduction::source_sets, 200'000);
    EXPECT_EQ(is.executions, seen.executions);
    EXPECT_EQ(is.pruned, seen.abandoned);
}

guard const all[] = {
    // What a load that slept may still read when it wakes, and for how long that holds: limits in
    // fall_asleep() and choose(). Writers go first: pick().
    {"a_load_is_overtaken_by_two_loops",
     {{{verb::add_by_cas, 0, 1}},
      {{verb::weak_cas, 0, 1}},
      {{verb::add_by_cas, 0, 1}}},
     34, 85},
    // fall_asleep() leaves out the chosen thread.
    {"no_thread_sleeps_after_its_own_step",
     {{{verb::load, 0, 1}, {verb::load, 1, 1}},
      {{verb::add_by_cas, 0, 1}, {verb::weak_cas, 1, 1}}},
     6, 4},
    // A thread with a limit that does not commute wakes for all: fall_asleep().
    {"a_limit_ends_where_something_dependent_happens",
     {{{verb::store, 0, 1}},
      {{verb::load, 0, 1}},
      {{verb::add_by_cas, 0, 1}}},
     19, 15, 1},
    // Only what writes overtakes: fall_asleep().
    {"only_what_writes_overtakes_a_load",
     {{{verb::load, 0, 1}}, {{verb::futex_wake_all, 0, 1}}, {{verb::futex_wake_all, 0, 1}}},
     6, 0, 4},
    // observes(), and that two seq_cst looks at one store are in no order: relate().
    {"failed_exchanges_only_look",
     {{{verb::weak_cas, 0, 2, relaxed, seq_cst}},
      {{verb::add_by_cas, 1, 1, seq_cst}},
      {{verb::spin_on_all, 0, 1, seq_cst}}},
     3, 6},
    // relate(), a look and a later store: ordered if the look could not have read past it.
    {"who_reads_comes_before_who_writes_what_it_cannot_have_read",
     {{{verb::allocate, 0, 1, seq_cst}, {verb::strong_cas, 0, 2, relaxed, seq_cst}},
      {{verb::store, 0, 1, seq_cst}},
      {{verb::use, 0, 1, seq_cst}}},
     4, 0},
    // The same, not ordered otherwise.
    {"a_look_that_may_come_later_is_not_before_the_store",
     {{{verb::strong_cas, 1, 1}, {verb::strong_cas, 0, 2}},
      {{verb::store, 0, 1}},
      {{verb::exchange, 1, 1}}},
     5, 1},
    // window_ends in relate(): the load must be tried before the store as well.
    {"a_look_that_would_reach_past_the_window",
     {{{verb::add, 0, 1}, {verb::store, 0, 1}, {verb::store, 0, 1}, {verb::store, 0, 1},
       {verb::add, 0, 1}, {verb::store, 0, 1}, {verb::add, 0, 1}, {verb::add, 0, 1}},
      {{verb::load, 0, 1}}},
     9, 35},
    // And not sooner.
    {"the_window_ends_at_the_oldest_store",
     {{{verb::store, 0, 1}, {verb::store, 0, 1}, {verb::store, 0, 1}, {verb::store, 0, 1},
       {verb::store, 0, 1}, {verb::store, 0, 1}},
      {{verb::load, 0, 1}}},
     7, 0},
    // past in relate(): such a one need not be tried before that store.
    {"a_failed_exchange_that_read_past_a_store",
     {{{verb::weak_cas, 0, 2}},
      {{verb::strong_cas, 0, 1}, {verb::store, 0, 1, seq_cst}},
      {{verb::load, 0, 1, seq_cst}}},
     23, 1},
    // unknown_age in relate().
    {"a_failed_exchange_that_read_nothing_older",
     {{{verb::add_by_cas, 1, 1}, {verb::exchange, 0, 1}},
      {{verb::fence, 0, 1, seq_cst}, {verb::store, 0, 1}},
      {{verb::strong_cas, 1, 1, relaxed, seq_cst}}},
     12, 8},
    // observes() of the later step in relate().
    {"who_stores_is_no_look",
     {{{verb::fence, 0, 1, seq_cst}},
      {{verb::load, 0, 1}, {verb::strong_cas, 0, 2, relaxed, seq_cst}},
      {{verb::add_by_cas, 0, 1}}},
     8, 6},
    // observes() of the earlier step in relate().
    {"a_death_is_no_look",
     {{{verb::add_by_cas, 0, 1}}, {{verb::load, 0, 1}}, {{verb::weak_cas, 0, 2}}},
     23, 3, 1},
    // between in look_for_races().
    {"stores_in_between_make_a_look_older",
     {{{verb::store, 0, 1}, {verb::strong_cas, 1, 1}, {verb::store, 1, 1}},
      {{verb::await_word, 1, 1}, {verb::store, 0, 1}}},
     6, 2},
    // stores() checks the object; reverse() returns if a thread is already in the source set.
    {"stores_to_another_word_are_not_in_between",
     {{{verb::strong_cas, 2, 1}, {verb::store, 0, 1}},
      {{verb::add_by_cas, 2, 1}},
      {{verb::add, 0, 1}},
      {{verb::store, 0, 2}}},
     18, 18},
    // races_of_waiting(): that it looks, and from the last step of the thread; a failed exchange is
    // no store: stores(). In reverse() what knows of the earlier step comes because of it.
    {"who_spins_races_from_what_it_knows",
     {{{verb::strong_cas, 0, 1}},
      {{verb::store, 0, 1}, {verb::strong_cas, 0, 2}},
      {{verb::spin_on_all, 0, 2}},
      {{verb::weak_cas, 0, 2}}},
     92, 118},
    // relate() asks what would depend whatever the channel holds.
    {"bytes_that_were_not_there_yet",
     {{{verb::put, 0, 1}, {verb::put, 0, 20}},
      {{verb::take, 0, 15}}},
     2, 0},
    // What comes before what: join() in look_for_races(); commute() with a look at the newest
    // store; all of reverse().
    {"a_loop_among_seq_cst_looks",
     {{{verb::spin_on_all, 0, 1, seq_cst}},
      {{verb::add_by_cas, 1, 1, seq_cst}},
      {{verb::spin_by_exchange, 0, 1}},
      {{verb::load, 0, 1, seq_cst}}},
     17, 32},
    // last_is_initial in reverse().
    {"what_depends_on_a_step_in_between_is_no_beginning",
     {{{verb::load, 0, 1, seq_cst}},
      {{verb::store, 0, 1, seq_cst}},
      {{verb::exchange, 1, 1}, {verb::add, 0, 1}}},
     6, 0},
    // begun in reverse(), and the sets that it checks before it adds a thread.
    {"who_began_is_not_looked_at_again",
     {{{verb::notify_one, 0, 1}},
      {{verb::lock_shared, 0, 1}, {verb::unlock, 0, 1}},
      {{verb::notify_all, 0, 1}, {verb::exchange, 0, 1}},
      {{verb::lock, 0, 1}, {verb::unlock, 0, 1}}},
     4, 3},
    // asleep in reverse().
    {"a_sleeper_there_is_as_good_as_wanted",
     {{{verb::load, 1, 1, seq_cst}, {verb::strong_cas, 0, 1}},
      {{verb::strong_cas, 1, 1, relaxed, seq_cst}},
      {{verb::store, 0, 1}}},
     6, 0},
    // In reverse(), where no initial thread is enabled.
    {"a_spinner_on_three_words_that_could_not_go_first",
     {{{verb::fence, 0, 1, seq_cst}},
      {{verb::spin_on_all, 0, 1, seq_cst}},
      {{verb::store, 2, 1, seq_cst}},
      {{verb::read, 0, 1}}},
     17, 8, 0, true},
    // A compare_exchange that failed may succeed in another order, and be seq_cst only then: every
    // branch is wanted in look_for_races().
    {"a_failed_exchange_may_be_another_in_another_order",
     {{{verb::strong_cas, 1, 1, seq_cst, acquire}},
      {{verb::store, 0, 2}, {verb::store, 1, 1, release}},
      {{verb::load, 1, 2, seq_cst}}},
     5, 0, 0, true},
    {"a_weak_exchange_may_be_another_in_another_order",
     {{{verb::weak_cas, 0, 1, seq_cst, relaxed}, {verb::exchange, 1, 1, release},
       {verb::store, 1, 2, seq_cst}},
      {{verb::store, 2, 1, release}, {verb::load, 0, 1, seq_cst}},
      {{verb::store, 0, 2, release}}},
     8, 0},
    {"a_loop_of_exchanges_may_be_another_in_another_order",
     {{{verb::exchange, 1, 1}, {verb::add_by_cas, 1, 1, seq_cst, relaxed}},
      {{verb::read, 0, 3}, {verb::store, 1, 2}},
      {{verb::load, 1, 2, seq_cst}}},
     16, 23, 0, true},
    {"a_load_that_waits_beside_a_failed_exchange",
     {{{verb::write, 0, 3}, {verb::store, 0, 2, release}, {verb::await_word, 0, 1, seq_cst}},
      {{verb::strong_cas, 0, 1, seq_cst, acquire}},
      {{verb::load, 0, 1, seq_cst}, {verb::write, 0, 2}}},
     8, 2, 0, true},
    // Every branch is explored where a finding cut off the rest, except sleeping ones: backtrack().
    {"a_sleeper_is_not_wanted_for_a_finding",
     {{{verb::add_by_cas, 0, 1}},
      {{verb::load, 0, 1}, {verb::add_by_cas, 1, 1}},
      {{verb::weak_cas, 0, 1}, {verb::check_zero, 0, 1}}},
     485, 86, 1, true},
};

INSTANTIATE_TEST_SUITE_P(, model_source_sets, testing::ValuesIn(all),
                         [](auto const& each) { return std::string(each.param.name); });

// It may sleep on for ever: every other thread may go first. Guards choose_thread(), where a
// sleeper was chosen that no thread woke.
TEST(model_source_sets_of, a_sleeper_that_wakes_spuriously) {
    small_program what;
    what.threads = {{{verb::futex_wait, 1, 0}},
                    {{verb::store, 0, 2}},
                    {{verb::futex_wake_all, 0, 1}},
                    {{verb::fence, 0, 0, seq_cst}}};
    EXPECT_EQ(std::set<std::string>{"lost wake-up"}, seen_by_all(what).kinds);
    what.plain_visible = true;
    what.threads = {{{verb::futex_wait, 0, 0}, {verb::futex_wait, 1, 1}},
                    {{verb::load, 0}},
                    {{verb::futex_wake_one, 1}}};
    (void)seen_by_all(what);
}

// What would have come after a finding races with nothing that is seen. Guards broke_off().
TEST(model_source_sets_of, a_finding_that_cuts_off_another) {
    small_program what;
    what.plain_visible = true;
    what.threads = {{{verb::spin_by_exchange, 0, 1}, {verb::check_zero, 0}},
                    {{verb::add_by_cas, 0, 1}},
                    {{verb::spin_on_one, 0, 1}}};
    std::set<std::string> const both{"deadlock", "failed check"};
    EXPECT_EQ(both, seen_by_all(what).kinds);
    EXPECT_EQ(both, search(what, exhaustive::reduction::source_sets, 200'000).kinds);
}

}  // namespace
