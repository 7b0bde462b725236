// SPDX-License-Identifier: MIT
// A search in parts: shards, workers, checkpoints.
#include "program.hpp"

#include "model/search/checkpoint.hpp"
#include "model/core/unsupported.hpp"
#include "model/search/search.hpp"

#include <racekit/detector.hpp>

#include <gtest/gtest.h>

#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <sstream>

namespace {

using namespace racekit;
using namespace racekit::model;

constexpr auto relaxed = std::memory_order_relaxed;

struct three_cells {
    atomic<int> left{0}, right{0};
    plain<int> sums[3];
};

/// Orders, stale reads, spurious failures and pruned executions.
program<three_cells> busy(int rounds) {
    program<three_cells> body;
    body.threads = {[=](three_cells& all) {
                        for (int turn = 0; turn < rounds; ++turn) all.left.store(turn + 1, relaxed);
                        all.sums[0].write(all.right.load(relaxed));
                    },
                    [=](three_cells& all) {
                        for (int turn = 0; turn < rounds; ++turn) all.right.fetch_add(1, relaxed);
                        all.sums[1].write(all.left.load(relaxed));
                    },
                    [=](three_cells& all) {
                        int expected = 0;
                        (void)all.right.compare_exchange_weak(expected, 10, relaxed);
                        all.sums[2].write(all.left.load(relaxed) * 100 + all.right.load(relaxed));
                    }};
    body.outcome = [](three_cells& all) {
        return std::to_string(all.sums[0].read()) + "," + std::to_string(all.sums[1].read()) + "," +
               std::to_string(all.sums[2].read());
    };
    return body;
}

exploration_config threads_config(int threads) {
    exploration_config config;
    config.threads = threads;
    return config;
}

search_options exhaustively() {
    search_options order;
    order.how = strategy_kind::exhaustive;
    order.seconds = 60;
    order.of = "test/busy fixed";
    return order;
}

/// Takes what one of several shards would.
class every_nth final : public work_partition {
public:
    every_nth(std::uint64_t which, std::uint64_t of) : which_(which), of_(of) {}
    bool take(std::uint64_t prefix) override { return prefix % of_ == which_; }
    void done(std::uint64_t, leaves const& seen) override {
        sum.executions += seen.executions;
        sum.pruned += seen.pruned;
    }
    leaves sum;

private:
    std::uint64_t which_;
    std::uint64_t of_;
};

TEST(model_search, shards_make_up_the_whole) {
    auto body = busy(2);
    explored const whole = explore(body);
    ASSERT_GT(whole.executions, 200U);
    ASSERT_GT(whole.abandoned, 0U);
    std::set<std::string> const outcomes = body.outcomes;
    for (unsigned const steps : {1U, 2U, 3U, 5U, 8U, 30U}) {
        for (std::uint64_t const shards : {1U, 2U, 5U}) {
            leaves sum;
            std::set<std::string> together;
            for (std::uint64_t shard = 0; shard < shards; ++shard) {
                auto part = busy(2);
                every_nth mine(shard, shards);
                exhaustive systematically;
                systematically.split(steps, mine);
                (void)explore(part, systematically);
                sum.executions += mine.sum.executions;
                sum.pruned += mine.sum.pruned;
                together.insert(part.outcomes.begin(), part.outcomes.end());
            }
            EXPECT_EQ(whole.executions, sum.executions)
                << steps << " steps, " << shards << " shards";
            // All branches of a prefix are taken, whether or not the search needs them.
            EXPECT_LE(whole.abandoned, sum.pruned) << steps << " steps, " << shards << " shards";
            EXPECT_EQ(outcomes, together) << steps << " steps, " << shards << " shards";
        }
    }
}

TEST(model_search, shards_by_order_make_up_the_whole) {
    auto body = busy(2);
    explored const whole = explore(body);
    leaves sum;
    for (unsigned shard = 1; shard <= 3; ++shard) {
        search_options order = exhaustively();
        order.shard = shard;
        order.shards = 3;
        search_result const part = search(body, threads_config(3), order);
        EXPECT_TRUE(part.exhausted);
        EXPECT_GT(part.executions, 0U);
        sum.executions += part.executions;
        sum.pruned += part.pruned;
    }
    EXPECT_EQ(whole.executions, sum.executions);
    EXPECT_LE(whole.abandoned, sum.pruned);
}

TEST(model_search, workers_together_see_what_one_sees) {
    auto body = busy(8);
    explored const whole = explore(body);
    ASSERT_GT(whole.executions, 4096U) << whole.abandoned;  // fewer are not worth a second worker
    std::set<std::uint64_t> pruned;
    for (unsigned jobs = 2; jobs <= 5; ++jobs) {
        search_options order = exhaustively();
        order.jobs = jobs;
        search_result const seen = search(body, threads_config(3), order);
        EXPECT_EQ("", seen.trouble);
        EXPECT_TRUE(seen.exhausted);
        EXPECT_EQ(1, seen.covered);
        EXPECT_EQ(whole.executions, seen.executions) << jobs;
        EXPECT_LE(whole.abandoned, seen.pruned) << jobs;
        pruned.insert(seen.pruned);
    }
    EXPECT_EQ(1U, pruned.size()) << "it depends on how many they are";
}

TEST(model_search, workers_that_come_to_no_end_estimate_how_far_they_came) {
    auto body = busy(8);
    auto const whole = static_cast<double>(explore(body).executions);
    search_options order = exhaustively();
    order.jobs = 2;
    order.executions = static_cast<std::uint64_t>(whole / 2);
    search_result const seen = search(body, threads_config(3), order);
    EXPECT_FALSE(seen.exhausted);
    EXPECT_GT(seen.covered, static_cast<double>(seen.executions) / whole / 4);
    EXPECT_LT(seen.covered, 1);
}

/// What only a late execution does is a mistake.
program<three_cells> late() {
    auto body = busy(8);
    body.last = [](three_cells& all) {
        RACEKIT_CHECK(
            !(all.sums[0].read() == 0 && all.sums[1].read() == 5 && all.sums[2].read() == 15));
    };
    return body;
}

TEST(model_search, workers_report_the_finding_that_one_reports) {
    auto body = late();
    search_result const alone = search(body, threads_config(3), exhaustively());
    ASSERT_TRUE(alone.found);
    ASSERT_GT(alone.found->number, 4096U);
    for (unsigned jobs = 2; jobs <= 4; ++jobs) {
        search_options order = exhaustively();
        order.jobs = jobs;
        search_result const together = search(body, threads_config(3), order);
        ASSERT_TRUE(together.found);
        EXPECT_EQ(alone.found->kind, together.found->kind);
        EXPECT_EQ(to_text(alone.found->script), to_text(together.found->script));
        EXPECT_EQ(alone.found->number, together.found->number);
    }
}

TEST(model_search, the_size_of_the_whole_is_estimated) {
    for (int const rounds : {2, 4, 8}) {
        auto body = busy(rounds);
        explored const whole = explore(body);
        auto const leaves = static_cast<double>(whole.executions + whole.abandoned);
        exhaustive probing;
        probing.probe(1);
        (void)explore(body, probing, {}, 4096);
        EXPECT_GT(probing.estimated_leaves(), leaves / 4) << rounds;
        EXPECT_LT(probing.estimated_leaves(), leaves * 4) << rounds;
    }
}

class with_a_file : public testing::Test {
protected:
    void SetUp() override {
        char folder[] = "/tmp/racekit_checkpoint_XXXXXX";
        ASSERT_NE(nullptr, ::mkdtemp(folder));
        folder_ = folder;
        file = folder_ + "/state";
    }
    void TearDown() override { std::filesystem::remove_all(folder_); }

    std::string file;

private:
    std::string folder_;
};
using model_checkpoint = with_a_file;

TEST_F(model_checkpoint, what_was_interrupted_ends_as_the_whole) {
    auto body = busy(8);
    explored const whole = explore(body);
    for (unsigned const jobs : {1U, 2U}) {
        std::filesystem::remove(file);
        search_options order = exhaustively();
        order.checkpoint = file;
        order.jobs = jobs;
        order.executions = 6000;
        search_result seen;
        int interrupted = 0;
        for (; !seen.exhausted && interrupted < 1000; ++interrupted)
            seen = search(body, threads_config(3), order);
        EXPECT_GT(interrupted, 4);
        EXPECT_EQ(whole.executions, seen.executions) << jobs << " jobs";
        EXPECT_LE(whole.abandoned, seen.pruned) << jobs << " jobs";
        EXPECT_EQ(whole.executions, search(body, threads_config(3), order).executions)
            << "there is nothing left";
    }
}

TEST_F(model_checkpoint, a_finding_after_an_interruption_is_the_same) {
    auto body = late();
    search_result const alone = search(body, threads_config(3), exhaustively());
    ASSERT_TRUE(alone.found);
    search_options order = exhaustively();
    order.checkpoint = file;
    order.executions = alone.found->number / 2;
    EXPECT_FALSE(search(body, threads_config(3), order).found);
    order.executions = 0;
    search_result const later = search(body, threads_config(3), order);
    ASSERT_TRUE(later.found);
    EXPECT_EQ(to_text(alone.found->script), to_text(later.found->script));
    EXPECT_EQ(alone.found->number, later.found->number);
}

TEST_F(model_checkpoint, of_something_else_is_refused_in_one_line) {
    auto body = busy(2);
    search_options order = exhaustively();
    order.checkpoint = file;
    order.executions = 100;
    (void)search(body, threads_config(3), order);
    auto const refusal = [&](search_options const& asked) -> std::string {
        try {
            (void)search(body, threads_config(3), asked);
        } catch (usage_error const& wrong) {
            return wrong.what();
        }
        return "";
    };
    EXPECT_EQ("", refusal(order));
    search_options other = order;
    other.of = "test/busy racy";
    EXPECT_NE(std::string::npos,
              refusal(other).find("is of test/busy fixed, not of test/busy racy"));
    other = order;
    other.shards = 2;
    EXPECT_NE(std::string::npos, refusal(other).find("shard 1/1, not of 1/2"));

    std::stringstream text;
    text << std::ifstream(file).rdbuf();
    std::ofstream(file) << text.str().substr(0, text.str().size() / 2);
    EXPECT_NE(std::string::npos, refusal(order).find("damaged"));
    std::string changed = text.str();
    changed[changed.find("done ") + 5] ^= 1;
    std::ofstream(file) << changed;
    EXPECT_NE(std::string::npos, refusal(order).find("damaged"));
    std::ofstream(file) << "shopping list\n";
    EXPECT_NE(std::string::npos, refusal(order).find("no checkpoint"));

    checkpoint foreign;
    foreign.of = order.of;
    foreign.program = 1;
    foreign.split = 3;
    write_checkpoint(file, foreign);
    EXPECT_NE(std::string::npos, refusal(order).find("another build"));
}

TEST_F(model_checkpoint, keeps_what_a_clean_verdict_will_warn_of) {
    program<three_cells> body;
    body.threads = {[](three_cells& all) {
                        all.left.store(1, relaxed);
                        all.right.store(1, relaxed);
                    },
                    [](three_cells& all) {
                        all.left.store(2, relaxed);
                        (void)all.right.load(relaxed);
                    }};
    unsupported_outcomes::forget();
    search_options order = exhaustively();
    order.checkpoint = file;
    exploration_config config = threads_config(2);
    config.memory = memory_kind::relacy;
    EXPECT_TRUE(search(body, config, order).exhausted);
    auto const warned = unsupported_outcomes::met();
    ASSERT_EQ(1U, warned.size());
    std::vector<std::string> const kept = unsupported_outcomes::state();
    ASSERT_LE(1U, kept.size());
    unsupported_outcomes::forget();
    EXPECT_TRUE(unsupported_outcomes::state().empty());
    checkpoint expected, standing;
    expected.of = order.of;
    expected.program = hash_of_program();
    ASSERT_TRUE(read_checkpoint(file, expected, standing));
    EXPECT_EQ(kept, standing.unsupported_outcomes);
    unsupported_outcomes::restore(standing.unsupported_outcomes);
    ASSERT_EQ(1U, unsupported_outcomes::met().size());
    EXPECT_EQ(warned[0].text, unsupported_outcomes::met()[0].text);

    // What this run does not come near itself.
    unsupported_outcomes::forget();
    standing.unsupported_outcomes.emplace_back("load_buffering ring.cpp:12/queue.cpp:30");
    write_checkpoint(file, standing);
    EXPECT_TRUE(search(body, threads_config(2), order).exhausted);
    ASSERT_EQ(2U, unsupported_outcomes::met().size());
    EXPECT_NE(std::string::npos,
              unsupported_outcomes::met()[1].text.find("ring.cpp:12 and queue.cpp:30"))
        << unsupported_outcomes::met()[1].text;
    checkpoint later;
    ASSERT_TRUE(read_checkpoint(file, expected, later));
    EXPECT_EQ(2U, later.unsupported_outcomes.size() - (kept.size() - 1));
}

TEST_F(model_checkpoint, is_for_the_exhaustive_search) {
    auto body = busy(2);
    search_options order = exhaustively();
    order.how = strategy_kind::pct;
    order.checkpoint = file;
    EXPECT_THROW((void)search(body, threads_config(3), order), usage_error);
    order.checkpoint = "";
    order.shards = 2;
    EXPECT_THROW((void)search(body, threads_config(3), order), usage_error);
}

TEST(model_search, what_does_not_end_is_sampled_and_says_how_far_it_came) {
    auto body = busy(40);
    search_options order;
    order.seconds = 120;
    order.executions = 100'000;
    search_result const seen = search(body, threads_config(3), order);
    EXPECT_FALSE(seen.exhausted);
    EXPECT_FALSE(seen.found);
    EXPECT_GT(seen.systematic, 0U);
    EXPECT_GT(seen.executions, seen.systematic);
    EXPECT_GT(seen.distinct, 0U);
    EXPECT_GT(seen.covered, 0.0);
    EXPECT_LT(seen.covered, 1.0);
}

struct two_locks {
    mutex left, right;
    atomic<int> work{0};
};

program<two_locks> opposite_orders() {
    program<two_locks> body;
    auto const use = [](two_locks& all, mutex& first, mutex& second) {
        all.work.fetch_add(1, relaxed);
        scoped_lock one(first);
        scoped_lock other(second);
    };
    body.threads = {[use](two_locks& all) { use(all, all.left, all.right); },
                    [use](two_locks& all) { use(all, all.right, all.left); }};
    return body;
}

TEST(model_search, what_few_preemptions_show_is_found_first) {
    auto body = opposite_orders();
    search_options order;
    order.seconds = 60;
    search_result const seen = search(body, threads_config(2), order);
    ASSERT_TRUE(seen.found);
    EXPECT_EQ("bounded", seen.strategies);
    EXPECT_EQ(0, seen.preemptions) << "nothing without any, so that it takes one";
    EXPECT_EQ(0U, seen.systematic);
    EXPECT_EQ(seen.deepening, seen.executions);
    EXPECT_EQ(seen.executions, seen.found->number);
    EXPECT_EQ(1U, switches(seen.found->script.threads)) << to_text(seen.found->script);
}

TEST(model_search, few_preemptions_first_cost_an_exhaustive_search_little) {
    for (int const rounds : {2, 8}) {
        auto body = busy(rounds);
        explored const whole = explore(body);
        for (unsigned const jobs : {1U, 2U}) {
            search_options order;
            order.seconds = 120;
            order.jobs = jobs;
            search_result const seen = search(body, threads_config(3), order);
            EXPECT_TRUE(seen.exhausted);
            EXPECT_EQ(whole.executions, seen.systematic) << jobs << " jobs";
            EXPECT_GT(seen.deepening, 0U);
            EXPECT_LE(seen.deepening, 4096U);
            EXPECT_EQ(seen.executions, seen.deepening + seen.systematic + seen.samples);
            EXPECT_EQ("exhaustive", seen.strategies);
        }
    }
}

TEST(model_search, what_does_not_end_goes_to_deeper_bounds_too) {
    program<three_cells> body;
    for (int thread = 0; thread < 3; ++thread) {
        body.threads.push_back([](three_cells& all) {
            for (int turn = 0; turn < 5; ++turn) all.left.fetch_add(1, relaxed);
        });
    }
    search_options order;
    order.seconds = 120;
    order.executions = 200'000;  // of 756,756
    search_result const seen = search(body, threads_config(3), order);
    EXPECT_FALSE(seen.exhausted);
    EXPECT_EQ("exhaustive, then deeper, pct, pos and random in turn", seen.strategies);
    EXPECT_EQ(order.executions, seen.executions);
    EXPECT_GE(seen.preemptions, 3);
    order.executions = 0;
    order.how = strategy_kind::exhaustive;
    EXPECT_EQ(756'756U, search(body, threads_config(3), order).executions);
}

/// Two threads that make so many steps that no exhaustive search ends; a mistake that every second
/// random execution shows, but no execution with few preemptions, nor the first systematic ones.
program<three_cells> large(bool is_wrong) {
    program<three_cells> body;
    for (int thread = 0; thread < 3; ++thread) {
        body.threads.push_back([is_wrong, thread](three_cells& all) {
            int others = 0;
            for (int turn = 0; turn < 24; ++turn) {
                int const seen = all.left.exchange(thread, relaxed);
                others += seen != thread;
            }
            RACEKIT_CHECK(!is_wrong || others < 8);
        });
    }
    return body;
}

TEST(model_search, a_large_search_looks_at_some_samples_first) {
    auto body = large(true);
    search_options order;
    order.seconds = 120;
    for (unsigned const jobs : {1U, 2U}) {
        order.jobs = jobs;
        search_result const seen = search(body, threads_config(3), order);
        ASSERT_TRUE(seen.found) << jobs << " jobs";
        EXPECT_EQ("exhaustive, then pos", seen.strategies);
        EXPECT_LE(seen.samples, 512U);
        EXPECT_EQ(seen.executions, seen.deepening + seen.systematic + seen.samples);
    }
}

TEST(model_search, what_the_estimate_shows_to_be_hopeless_is_left_to_samples) {
    auto body = large(false);
    search_options order;
    order.seconds = 120;
    order.executions = 50'000;
    for (unsigned const jobs : {1U, 2U}) {
        order.jobs = jobs;
        search_result const seen = search(body, threads_config(3), order);
        EXPECT_FALSE(seen.found);
        EXPECT_FALSE(seen.exhausted);
        EXPECT_EQ(512U, seen.samples);
        EXPECT_LT(seen.systematic, 20'000U) << jobs << " jobs";
        EXPECT_GE(seen.executions, 49'000U);
        EXPECT_LT(seen.covered, 1e-3);
    }
}

TEST(model_search, every_strategy_repeats_by_seed_and_works_with_workers) {
    auto body = busy(2);
    body.last = [](three_cells& all) {
        RACEKIT_CHECK(all.sums[0].read() < 3 || all.sums[1].read() != 0);
    };
    for (strategy_kind const how : {strategy_kind::bounded, strategy_kind::pct, strategy_kind::pos,
                                    strategy_kind::random, strategy_kind::portfolio}) {
        search_options order;
        order.how = how;
        order.seconds = 120;
        order.executions = 20'000;
        search_result const once = search(body, threads_config(3), order);
        search_result const again = search(body, threads_config(3), order);
        ASSERT_TRUE(once.found) << once.strategies;
        EXPECT_EQ(once.found->number, again.found->number) << once.strategies;
        EXPECT_EQ(to_text(once.found->script), to_text(again.found->script)) << once.strategies;
        order.jobs = 2;
        search_result const together = search(body, threads_config(3), order);
        EXPECT_EQ("", together.trouble);
        ASSERT_TRUE(together.found) << together.strategies;
        EXPECT_EQ("failed check", together.found->kind);
    }
}

TEST(model_search, a_program_that_diverges_is_named) {
    static int times = 0;
    times = 0;
    auto body = busy(2);
    body.threads.push_back([](three_cells& all) {
        if (++times % 7 == 0) return;
        (void)all.left.load(relaxed);
        (void)all.right.load(relaxed);
    });
    search_result const seen = search(body, threads_config(4), exhaustively());
    EXPECT_NE(std::string::npos, seen.trouble.find("not deterministic")) << seen.trouble;
    EXPECT_FALSE(seen.exhausted);
}

struct gated {
    mutex gate, other;
    atomic<int> number{0};
};

// The choices up to the branch that is new are followed without a look at the situation: a thread
// that announces what it did before but cannot go must be noticed all the same. Guards
// exhaustive::mispredicted() and the question before it in execution::next().
TEST(model_search, a_predicted_thread_that_cannot_continue_is_named) {
    static int times = 0;
    times = 0;
    struct locked_from_the_second_time : gated {
        locked_from_the_second_time() {
            if (++times > 1) (void)gate.try_lock();
        }
        ~locked_from_the_second_time() {
            if (times > 1) gate.unlock();
        }
    };
    program<locked_from_the_second_time> body;
    body.threads = {[](gated& all) {
                        {
                            scoped_lock const held(all.gate);
                        }
                        all.number.fetch_add(1, relaxed);
                    },
                    [](gated& all) {
                        {
                            scoped_lock const held(all.other);
                        }
                        all.number.fetch_add(1, relaxed);
                    }};
    search_result const seen = search(body, threads_config(2), exhaustively());
    EXPECT_NE(std::string::npos, seen.trouble.find("not deterministic")) << seen.trouble;
    EXPECT_FALSE(seen.exhausted);
    EXPECT_EQ(2, times) << "the second execution is where it diverges";
}

// So must one that does something else this time, though the step that is new is the same. Guards
// the comparison in exhaustive::predicted().
TEST(model_search, a_predicted_step_that_is_another_one_is_named) {
    static int times = 0;
    times = 0;
    struct three : gated {
        atomic<int> one{0}, other{0};
    };
    program<three> body;
    body.threads = {[](three& all) {
                        (void)(++times % 2 != 0 ? all.one : all.other).load(relaxed);
                        all.number.fetch_add(1, relaxed);
                    },
                    [](three& all) {
                        {
                            scoped_lock const held(all.gate);
                        }
                        all.number.fetch_add(1, relaxed);
                    }};
    search_result const seen = search(body, threads_config(2), exhaustively());
    EXPECT_NE(std::string::npos, seen.trouble.find("not deterministic")) << seen.trouble;
    EXPECT_FALSE(seen.exhausted);
}

/// Processor seconds of a search that explores 12,870 executions without a waiting loop.
double seconds_without_loops() {
    program<three_cells> body;
    body.threads.assign(2, [](three_cells& all) {
        for (int turn = 0; turn < 8; ++turn) all.left.fetch_add(1, relaxed);
    });
    std::clock_t const began = std::clock();
    EXPECT_EQ(12'870U, search(body, threads_config(2), exhaustively()).executions);
    return static_cast<double>(std::clock() - began) / CLOCKS_PER_SEC;
}

// Where one call is known to look again and again, all threads pay for the comparison of states:
// the next program must not.
TEST(model_search, a_waiting_loop_costs_nothing_in_the_next_program) {
    program<three_cells> waiting;
    waiting.threads = {[](three_cells& all) {
                           while (all.right.load(relaxed) == 0) {
                           }
                       },
                       [](three_cells& all) { all.right.store(1, relaxed); }};
    double before = 0;
    double after = 0;
    for (int again = 0; again < 5; ++again) {
        engine::forget_waiting_loops();
        double const now = seconds_without_loops();
        EXPECT_TRUE(search(waiting, threads_config(2), exhaustively()).exhausted);
        double const later = seconds_without_loops();
        if (again == 0 || now < before) before = now;
        if (again == 0 || later < after) after = later;
    }
    std::printf("%.1f ms before, %.1f ms after\n", before * 1000, after * 1000);
    EXPECT_LT(after, before * 1.5);
}

}  // namespace
