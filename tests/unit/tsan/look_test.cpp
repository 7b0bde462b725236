// SPDX-License-Identifier: MIT
// The detector as the runner calls it: what it finds, every time, and how it can be repeated.
#include "tsan/tsan.hpp"

#include <racekit/lock/mutex.hpp>
#include <racekit/scenario.hpp>

#include <gtest/gtest.h>

namespace racekit {
namespace {

struct racy {
    plain<int> balance{0};
    void deposit(int amount) {
        balance.write(balance.read() + amount);  // <- race
    }
};

struct fixed {
    mutex gate;
    plain<int> balance{0};
    void deposit(int amount) {
        scoped_lock hold(gate);
        balance.write(balance.read() + amount);
    }
};

template <class account>
struct body {
    static constexpr int threads = 2;
    account shared;
    void thread(int) { shared.deposit(10); }
    void after() { RACEKIT_CHECK_EQUAL(20, shared.balance.read()); }
};

scenario lost() {
    description about;
    about.tsan = finds("data race");
    return describe<body<racy>, body<fixed>>("lost", "unit", __FILE__, about);
}

settings with_seed(std::uint64_t seed) {
    settings how;
    how.seed = seed;
    return how;
}

TEST(tsan_look, finds_the_race_200_of_200_times) {
    int found = 0;
    for (std::uint64_t seed = 1; seed <= 200; ++seed) {
        auto const seen = tsan::look(lost(), variant::racy, with_seed(seed));
        if (seen.found && seen.found->kind == "data race" && seen.found->subject == "balance")
            ++found;
    }
    EXPECT_EQ(found, 200);
}

TEST(tsan_look, tells_both_facts_and_both_places) {
    auto const seen = tsan::look(lost(), variant::racy, with_seed(3));
    ASSERT_TRUE(seen.found);
    EXPECT_NE(seen.found->consequence.find("expected 20, got 10"), std::string::npos);
    ASSERT_EQ(seen.found->places.size(), 2U);
    for (place const& one : seen.found->places) {
        EXPECT_TRUE(one.marked);
        EXPECT_EQ(one.line, 16);
    }
    EXPECT_TRUE(seen.found->places[1].role.starts_with("previous ")) << seen.found->places[1].role;
    EXPECT_FALSE(seen.found->steps.empty());
}

TEST(tsan_look, same_seed_same_finding) {
    for (std::uint64_t seed = 1; seed <= 10; ++seed) {
        auto const one = tsan::look(lost(), variant::racy, with_seed(seed));
        auto const other = tsan::look(lost(), variant::racy, with_seed(seed));
        ASSERT_TRUE(one.found && other.found);
        EXPECT_EQ(one.found->schedule, other.found->schedule);
        EXPECT_EQ(one.found->found_in, other.found->found_in);
        EXPECT_EQ(one.found->consequence, other.found->consequence);
        ASSERT_EQ(one.found->steps.size(), other.found->steps.size());
        for (std::size_t row = 0; row < one.found->steps.size(); ++row) {
            EXPECT_EQ(one.found->steps[row].thread, other.found->steps[row].thread);
            EXPECT_EQ(one.found->steps[row].action, other.found->steps[row].action);
        }
        ASSERT_EQ(one.found->places.size(), other.found->places.size());
        for (std::size_t at = 0; at < one.found->places.size(); ++at)
            EXPECT_EQ(one.found->places[at].role, other.found->places[at].role);
    }
}

TEST(tsan_look, a_schedule_repeats_its_round_alone) {
    auto const seen = tsan::look(lost(), variant::racy, with_seed(5));
    ASSERT_TRUE(seen.found);
    settings how;
    how.schedule = seen.found->schedule;
    auto const again = tsan::look(lost(), variant::racy, how);
    ASSERT_TRUE(again.found);
    EXPECT_EQ(again.far.count, 1U);
    EXPECT_EQ(again.found->consequence, seen.found->consequence);
    EXPECT_EQ(again.found->steps.size(), seen.found->steps.size());
}

TEST(tsan_look, refuses_what_makes_no_sense) {
    settings how;
    how.schedule = "0.1.0";
    EXPECT_THROW((void)tsan::look(lost(), variant::racy, how), usage_error);
    how.schedule = "0123456789abcdef";
    how.mode = "free";
    EXPECT_THROW((void)tsan::look(lost(), variant::racy, how), usage_error);
    how = {};
    how.mode = "sideways";
    EXPECT_THROW((void)tsan::look(lost(), variant::racy, how), usage_error);
}

TEST(tsan_look, finds_nothing_where_there_is_nothing) {
    settings how = with_seed(1);
    how.seconds = 60;
    auto const seen = tsan::look(lost(), variant::fixed, how);
    EXPECT_EQ(seen.how, observation::state::clean);
    EXPECT_EQ(seen.far.how, reach::kind::sampled);
    EXPECT_EQ(seen.far.count, 500U);
    EXPECT_EQ(seen.mode, "controlled");
}

TEST(tsan_look, runs_free_too) {
    settings how = with_seed(1);
    how.mode = "free";
    auto const seen = tsan::look(lost(), variant::racy, how);
    ASSERT_TRUE(seen.found);
    EXPECT_EQ(seen.found->kind, "data race");
    EXPECT_EQ(seen.mode, "free");
    EXPECT_EQ(tsan::look(lost(), variant::fixed, how).how, observation::state::clean);
}

}  // namespace
}  // namespace racekit
