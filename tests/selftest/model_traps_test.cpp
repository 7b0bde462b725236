// SPDX-License-Identifier: MIT
// The traps that a reduction of a search falls into: each once was a mistake of such a search, and
// each test was seen to fail when the line that it guards was broken.
#include "seen_by_all.hpp"
#include "unit/model/program.hpp"

#include <gtest/gtest.h>

namespace {

using namespace racekit;
using namespace racekit::model;
using namespace racekit::model::fuzz;

constexpr auto relaxed = std::memory_order_relaxed;
constexpr auto acquire = std::memory_order_acquire;
constexpr auto release = std::memory_order_release;
constexpr auto seq_cst = std::memory_order_seq_cst;

// A compare_exchange that failed has only read, but the next time it may write: what was executed
// becomes a load, what was announced does not. Guards exhaustive::executed().
TEST(model_traps, an_exchange_that_failed_may_write_in_another_order) {
    small_program strong;
    strong.threads = {{{verb::strong_cas, 0, 1, seq_cst, acquire},
                       {verb::strong_cas, 0, 1, acquire, relaxed},
                       {verb::load, 0, 1, seq_cst}},
                      {{verb::store, 0, 1, relaxed}},
                      {{verb::strong_cas, 0, 2, seq_cst, acquire}}};
    EXPECT_EQ(13U, seen_by_all(strong).outcomes.size());
    small_program weak;
    weak.threads = {{{verb::weak_cas, 2, 1, acquire, seq_cst}, {verb::store, 2, 2, seq_cst}},
                    {{verb::weak_cas, 2, 1, release, acquire}}};
    EXPECT_EQ(7U, seen_by_all(weak).outcomes.size());
}

// With one common budget of spurious failures, steps on different atomics would depend on each
// other. Guards thread_state::spurious_left.
TEST(model_traps, every_thread_has_a_budget_of_its_own) {
    small_program both;
    both.threads = {{{verb::weak_cas, 0, 1, relaxed, relaxed}},
                    {{verb::weak_cas, 1, 1, relaxed, relaxed}}};
    EXPECT_EQ(4U, seen_by_all(both).outcomes.size());
}

// A spin loop waits until another thread writes what it has read: otherwise it would have
// executions without end, or be asleep when the write comes. Guards execution::enabled(), at spin.
TEST(model_traps, a_spinner_waits_for_a_write_of_another_thread) {
    small_program answered;
    answered.threads = {{{verb::spin_on_one, 0, 1, acquire}, {verb::load, 1, 0, relaxed}},
                        {{verb::store, 1, 1, relaxed}, {verb::store, 0, 1, relaxed}},
                        {{verb::store, 1, 2, relaxed}}};
    sighting const seen = seen_by_all(answered);
    EXPECT_TRUE(seen.kinds.empty());
    EXPECT_EQ(6U, seen.outcomes.size()) << "0, 1 or 2, in both orders of the stores";
    small_program alone;
    alone.threads = {{{verb::spin_on_one, 0, 1, acquire}}, {{verb::store, 1, 1, relaxed}}};
    EXPECT_EQ(std::set<std::string>{"deadlock"}, seen_by_all(alone).kinds);
}

// The loads of a check that reads shared objects are steps like any other.
// Guards the announcement in atomic_load().
TEST(model_traps, what_a_claim_reads_is_a_step) {
    small_program claiming;
    claiming.threads = {{{verb::check_zero, 0, 0, relaxed}}, {{verb::store, 0, 1, relaxed}}};
    EXPECT_EQ(std::set<std::string>{"failed check"}, seen_by_all(claiming).kinds);
}

// Were a freed address given out again, the order of a free and an allocation would matter, and two
// threads that share nothing would depend on each other. Guards heap::give_back().
TEST(model_traps, no_address_is_given_out_twice) {
    struct shared {
        void* places[2] = {};
    };
    program<shared> body;
    auto const take_and_give = [](int self) {
        return [self](shared& all) {
            atomic<int>* const one = new atomic<int>(0);
            all.places[self] = one;
            one->store(1, relaxed);
            delete one;
        };
    };
    body.threads = {take_and_give(0), take_and_give(1)};
    body.outcome = [](shared& all) {
        return std::string(all.places[0] == all.places[1] ? "the same" : "another");
    };
    EXPECT_EQ("", explore(body).kind());
    EXPECT_EQ(std::set<std::string>{"another"}, body.outcomes);
}

// A sleeping thread may wake up spuriously or by its deadline: that is a step of its own, with
// another outcome if a notification comes first. Guards dependent(), for sleep and notify.
TEST(model_traps, a_wake_up_by_itself_depends_on_a_notification) {
    small_program waits;
    waits.threads = {{{verb::lock}, {verb::condition_wait_timed}, {verb::read, 0}, {verb::unlock}},
                     {{verb::lock}, {verb::write, 0, 1}, {verb::unlock}, {verb::notify_one}}};
    EXPECT_EQ(4U, seen_by_all(waits).outcomes.size())
        << "woken or timed out, before the write or after it";
    waits.spurious = 0;
    EXPECT_EQ(3U, seen_by_all(waits).outcomes.size()) << "never woken before the write";
}

}  // namespace
