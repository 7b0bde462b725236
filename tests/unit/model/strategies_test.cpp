// SPDX-License-Identifier: MIT
// Programs too large for exhaustive search: strategies that sample, and what they report as reach.
#include "bench/explorer_clients.hpp"

#include "model/strategies/bounded.hpp"
#include "model/strategies/distinct.hpp"
#include "model/strategies/in_turn.hpp"
#include "model/strategies/pos.hpp"
#include "model/strategies/pct.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <memory>

namespace {

using namespace racekit;
using namespace racekit::model;

struct two_locks {
    mutex left, right;
};

program<two_locks> opposite_order() {
    program<two_locks> body;
    body.threads = {[](two_locks& all) {
                         scoped_lock a(all.left);
                         scoped_lock b(all.right);
                     },
                     [](two_locks& all) {
                         scoped_lock a(all.right);
                         scoped_lock b(all.left);
                     }};
    return body;
}

template <class State>
std::uint64_t distinct_in(program<State> body, strategy& how, std::uint64_t executions) {
    distinct_set seen(1 << 16);
    counted counting(how, seen);
    (void)explore(body, counting, {}, executions);
    return seen.count();
}

TEST(model_strategies, the_same_seed_finds_in_the_same_execution) {
    auto const found_in = [](auto&& make) {
        auto body = wide_window(6);
        auto how = make();
        return explore(body, *how, {}, 10'000).executions;
    };
    auto const pct_of = [](std::uint64_t seed) {
        return [=] { return std::make_unique<pct>(seed, 2); };
    };
    auto const pos_of = [](std::uint64_t seed) {
        return [=] { return std::make_unique<partial_order_sampling>(seed); };
    };
    auto const walk_of = [](std::uint64_t seed) {
        return [=] { return std::make_unique<random_walk>(seed); };
    };
    std::set<std::uint64_t> of_seeds;
    for (std::uint64_t seed = 1; seed <= 5; ++seed) {
        EXPECT_EQ(found_in(pct_of(seed)), found_in(pct_of(seed)));
        EXPECT_EQ(found_in(pos_of(seed)), found_in(pos_of(seed)));
        EXPECT_EQ(found_in(walk_of(seed)), found_in(walk_of(seed)));
        of_seeds.insert(found_in(pct_of(seed)));
    }
    EXPECT_GT(of_seeds.size(), 1U);
}

TEST(model_strategies, pct_finds_what_needs_a_window_of_forty_steps) {
    std::vector<std::uint64_t> executions;
    for (std::uint64_t seed = 1; seed <= 20; ++seed) {
        auto body = wide_window(40);
        pct prioritised(seed, 2);
        explored const seen = explore(body, prioritised, {}, 100'000);
        EXPECT_EQ("failed check", seen.kind()) << "seed " << seed;
        executions.push_back(seen.executions);
    }
    std::sort(executions.begin(), executions.end());
    EXPECT_LT((executions[9] + executions[10]) / 2, 200U);
}

TEST(model_strategies, all_find_a_deadlock) {
    for (std::uint64_t seed = 1; seed <= 5; ++seed) {
        std::unique_ptr<strategy> const all[] = {
            std::make_unique<pct>(seed, 3), std::make_unique<partial_order_sampling>(seed),
            std::make_unique<random_walk>(seed), std::make_unique<bounded>()};
        for (auto const& each : all) {
            auto body = opposite_order();
            EXPECT_EQ("deadlock", explore(body, *each, {}, 1000).kind());
        }
    }
}

TEST(model_strategies, a_thread_that_waits_does_not_hold_up_the_others) {
    struct shared {
        mutex gate;
        specification::condition_variable changed;
        atomic<bool> flag{false};
        plain<bool> ready{false};
    };
    program<shared> body;
    body.threads = {[](shared& all) {
                         while (!all.flag.load(std::memory_order_acquire)) spin_hint();
                     },
                     [](shared& all) {
                         unique_lock held(all.gate);
                         while (!all.ready.read())
                             (void)all.changed.wait_until(held,
                                                          clock::now() + std::chrono::seconds(1));
                         all.flag.store(true, std::memory_order_release);
                     },
                     [](shared& all) {
                         scoped_lock held(all.gate);
                         all.ready.write(true);
                         all.changed.notify_one();
                     }};
    for (std::uint64_t seed = 1; seed <= 5; ++seed) {
        pct prioritised(seed, 3);
        EXPECT_EQ("", explore(body, prioritised, {}, 2000).kind());
    }
}

TEST(model_strategies, bounded_search_begins_with_the_fewest_preemptions) {
    auto none = opposite_order();
    bounded without(0, 0);
    explored const never = explore(none, without);
    EXPECT_EQ("", never.kind());
    EXPECT_EQ(2U, never.executions);
    EXPECT_EQ(0, without.completed());
    EXPECT_FALSE(without.everything());

    auto deeper = opposite_order();
    bounded deepening;
    EXPECT_EQ("deadlock", explore(deeper, deepening).kind());
    EXPECT_EQ(1U, deepening.bound());
    EXPECT_EQ(0, deepening.completed());
}

TEST(model_strategies, bounded_search_ends_when_no_bound_cuts_anything) {
    auto body = adding(3, 2);
    body.last = [](counter& all) { RACEKIT_CHECK_EQUAL(6, all.number.load()); };
    bounded deepening;
    distinct_set seen(1 << 10);
    counted counting(deepening, seen);
    EXPECT_EQ("", explore(body, counting).kind());
    EXPECT_TRUE(deepening.everything());
    EXPECT_EQ(90U, seen.count());  // 6! / (2! 2! 2!)
}

// The last execution of a bound was cut off, because a waiting loop was found in it.
TEST(model_strategies, bounded_search_that_starts_over_repeats_the_bound_that_it_played) {
    operation next[2];
    for (operation& each : next) {
        each.what = action::store;
        each.object = 1;
    }
    situation now;
    now.enabled = 0b11;
    now.current = 0;
    now.threads = 2;
    now.next = next;
    bounded deepening;
    deepening.begin();
    ASSERT_EQ(0, deepening.choose_thread(now));
    ASSERT_TRUE(deepening.end(true));
    ASSERT_EQ(1U, deepening.bound());
    ASSERT_EQ(0, deepening.completed());
    deepening.start_over();
    EXPECT_EQ(0U, deepening.bound());
    EXPECT_EQ(-1, deepening.completed());
}

constexpr auto relaxed = std::memory_order_relaxed;

struct crowded : two_locks {
    atomic<int> passed{0};
};

/// Of many threads, two take two locks in opposite orders; the others only count.
program<crowded> crowd(int threads) {
    program<crowded> body;
    for (int thread = 0; thread < threads; ++thread) {
        body.threads.push_back([thread, threads](crowded& all) {
            all.passed.fetch_add(1, relaxed);
            if (thread != 3 && thread != threads - 1) return;
            mutex& first = thread == 3 ? all.left : all.right;
            mutex& second = thread == 3 ? all.right : all.left;
            scoped_lock outer(first);
            scoped_lock inner(second);
        });
    }
    return body;
}

TEST(model_strategies, sixty_four_threads_are_sampled) {
    for (int const threads : {20, 64}) {
        auto body = crowd(threads);
        partial_order_sampling sampled(1);
        explored const seen = explore(body, sampled, {}, 20'000);
        ASSERT_EQ("deadlock", seen.kind()) << threads;
        EXPECT_NE(std::string::npos, seen.found->consequence.find(
                                         "thread " + std::to_string(threads - 1) + " waits for"))
            << seen.found->consequence;
    }
}

// Each has a fence, a store and a load of its own, so that no order of two shows.
TEST(model_strategies, forty_threads_that_share_nothing_are_one_execution) {
    struct apart {
        atomic<int> words[40]{};
    };
    program<apart> body;
    for (int thread = 0; thread < 40; ++thread) {
        body.threads.push_back([thread](apart& all) {
            all.words[thread].store(thread, relaxed);
            RACEKIT_CHECK_EQUAL(thread, all.words[thread].load(relaxed));
        });
    }
    body.last = [](apart& all) { RACEKIT_CHECK_EQUAL(39, all.words[39].load(relaxed)); };
    explored const seen = explore(body);
    EXPECT_EQ("", seen.kind());
    EXPECT_EQ(1U, seen.executions);
}

TEST(model_strategies, distinct_executions_saturate) {
    pct prioritised(1, 3);
    partial_order_sampling sampled(1);
    random_walk walk(1);
    EXPECT_EQ(6U, distinct_in(adding(2, 2), walk, 2000));
    EXPECT_EQ(6U, distinct_in(adding(2, 2), sampled, 2000));
    EXPECT_EQ(6U, distinct_in(adding(2, 2), prioritised, 2000));
}

TEST(model_strategies, random_walks_do_not_run_out_of_schedules) {
    // Relacy's own generator reaches 2^17 schedules of two threads and repeats most of them: it saw
    // 9,172 in 4,000,000 executions of two threads with twelve steps.
    random_walk walk(1);
    distinct_set seen;
    counted counting(walk, seen);
    auto body = adding(2, 12);
    (void)explore(body, counting, {}, 50'000);
    EXPECT_GT(seen.count(), 45'000U);
}

TEST(model_strategies, the_count_of_distinct_executions_is_bounded_in_memory) {
    distinct_set few(64);
    for (std::uint64_t hash = 1; hash <= 1000; ++hash) {
        few.add(hash * 0x9e3779b97f4a7c15U);
        few.add(hash * 0x9e3779b97f4a7c15U);
    }
    EXPECT_TRUE(few.full());
    EXPECT_EQ(48U, few.count());
}

TEST(model_strategies, strategies_take_turns) {
    std::vector<std::unique_ptr<strategy>> all;
    all.push_back(std::make_unique<random_walk>(1));
    all.push_back(std::make_unique<pct>(1, 2));
    in_turn turns(std::move(all), 50);
    auto body = wide_window(40);
    explored const seen = explore(body, turns, {}, 100'000);
    EXPECT_EQ("failed check", seen.kind());
    EXPECT_EQ(1U, (seen.executions - 1) / 50 % 2) << "a turn of pct";
}

}  // namespace
