// SPDX-License-Identifier: MIT
#include "program.hpp"

#include "model/schedules/minimise.hpp"

#include <gtest/gtest.h>

namespace {

using namespace racekit;
using namespace racekit::model;

struct two_locks {
    mutex left, right;
    atomic<int> work{0};
};

program<two_locks> opposite_orders() {
    program<two_locks> body;
    auto const use = [](two_locks& all, mutex& first, mutex& second) {
        for (int turn = 0; turn < 5; ++turn) all.work.fetch_add(1, std::memory_order_relaxed);
        scoped_lock one(first);
        scoped_lock other(second);
        all.work.fetch_add(1, std::memory_order_relaxed);
    };
    body.threads = {[use](two_locks& all) { use(all, all.left, all.right); },
                     [use](two_locks& all) { use(all, all.right, all.left); },
                     [](two_locks& all) { all.work.fetch_add(1, std::memory_order_relaxed); }};
    return body;
}

exploration_config three() {
    exploration_config config;
    config.threads = 3;
    return config;
}

TEST(model_minimise, a_deadlock_has_its_fewest_changes_of_thread) {
    for (std::uint64_t seed = 1; seed <= 10; ++seed) {
        auto body = opposite_orders();
        engine explorer(body, three());
        random_walk randomly(seed);
        execution_record const& last =
            explorer.play(randomly, [](std::uint64_t count) { return count >= 10'000; });
        ASSERT_TRUE(last.found);
        schedule const found{last.threads, last.decisions, "", ""};
        least const few = minimised(body, three(), found, "deadlock");
        EXPECT_LE(few.switches, switches(last.threads));
        // One thread up to its second lock, the other one up to its own, and the thread that only
        // works: it must have ended too.
        EXPECT_EQ(2U, few.switches) << to_text(found) << " became " << to_text(few.script);
        EXPECT_TRUE(few.fewest);
    }
}

TEST(model_minimise, what_does_not_fail_is_left_alone) {
    auto body = opposite_orders();
    schedule const harmless{{0, 1, 2}, {}, "", ""};
    least const same = minimised(body, three(), harmless, "deadlock");
    EXPECT_EQ(harmless.threads, same.script.threads);
    EXPECT_FALSE(same.script.deviates);
    EXPECT_FALSE(same.fewest);
}

struct locks_in_a_ring {
    mutex gates[4];
    atomic<int> work{0};
};

/// Each holds one lock and wants the next one's.
program<locks_in_a_ring> philosophers(int count) {
    program<locks_in_a_ring> body;
    for (int self = 0; self < count; ++self) {
        body.threads.push_back([=](locks_in_a_ring& all) {
            all.work.fetch_add(1, std::memory_order_relaxed);
            scoped_lock one(all.gates[self]);
            scoped_lock other(all.gates[(self + 1) % count]);
        });
    }
    return body;
}

TEST(model_minimise, the_deadlock_of_a_ring_needs_one_change_for_each_thread_but_the_first) {
    for (int const count : {3, 4}) {
        auto body = philosophers(count);
        exploration_config config;
        config.threads = count;
        engine explorer(body, config);
        random_walk randomly(1);
        execution_record const& last =
            explorer.play(randomly, [](std::uint64_t all) { return all >= 100'000; });
        ASSERT_TRUE(last.found);
        least const few = minimised(body, config, {last.threads, last.decisions, "", ""},
                                    "deadlock");
        EXPECT_EQ(static_cast<std::size_t>(count) - 1, few.switches) << to_text(few.script);
        EXPECT_TRUE(few.fewest) << count;
    }
}

struct log_of_turns {
    atomic<unsigned> turns{1};
};

/// Two ways to fail that have nothing in common: by turns, and thread 1 first as a whole.
program<log_of_turns> two_ways_to_fail() {
    program<log_of_turns> body;
    for (unsigned self = 0; self < 2; ++self) {
        body.threads.push_back([self](log_of_turns& all) {
            for (int turn = 0; turn < 3; ++turn) {
                unsigned seen = all.turns.load(std::memory_order_relaxed);
                all.turns.exchange(seen * 2 + self, std::memory_order_relaxed);
            }
        });
    }
    body.last = [](log_of_turns& all) {
        unsigned const turns = all.turns.load();
        RACEKIT_CHECK(turns != 0b1010101 && turns != 0b1111000);
    };
    return body;
}

schedule by_turns() {
    schedule result;
    for (std::uint8_t turn = 0; turn < 6; ++turn) {
        for (int step = 0; step < 2; ++step)
            result.threads.push_back(static_cast<std::uint8_t>(turn % 2));
    }
    return result;
}

TEST(model_minimise, finds_the_fewest_where_leaving_out_and_joining_get_stuck) {
    auto body = two_ways_to_fail();
    least const stuck = minimised(body, {}, by_turns(), "failed check", 0);
    EXPECT_EQ(5U, stuck.switches);
    EXPECT_FALSE(stuck.fewest);
    least const few = minimised(body, {}, by_turns(), "failed check");
    EXPECT_EQ(1U, few.switches);
    EXPECT_TRUE(few.fewest);
    EXPECT_EQ(":1", to_text(few.script));
}

TEST(model_minimise, claims_no_fewest_when_it_had_to_stop) {
    auto body = philosophers(4);
    exploration_config config;
    config.threads = 4;
    engine explorer(body, config);
    random_walk randomly(1);
    execution_record const& last =
        explorer.play(randomly, [](std::uint64_t all) { return all >= 100'000; });
    ASSERT_TRUE(last.found);
    EXPECT_FALSE(minimised(body, config, {last.threads, last.decisions, "", ""}, "deadlock", 20)
                     .fewest);
}

}  // namespace
