// SPDX-License-Identifier: MIT
// A strategy that wraps another one forwards every call.
#include "model/schedules/deviating.hpp"
#include "model/strategies/distinct.hpp"
#include "model/strategies/forwarding.hpp"
#include "model/strategies/in_turn.hpp"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

namespace {

using namespace racekit::model;

/// Records the calls and answers each with another number.
class recording final : public strategy {
public:
    std::vector<std::string> calls;

    void begin() override { calls.push_back("begin"); }
    int predicted(operation const*) override {
        calls.push_back("predicted");
        asks_of_one_ = false;
        return 1;
    }
    void mispredicted() override { calls.push_back("mispredicted"); }
    int choose_thread(situation const&) override {
        calls.push_back("choose_thread");
        asks_of_one_ = true;
        return 0;
    }
    unsigned choose(decision, unsigned, int) override {
        calls.push_back("choose");
        return 2;
    }
    unsigned choose_store(unsigned, std::uint32_t const*, int) override {
        calls.push_back("choose_store");
        return 3;
    }
    void executed(int, operation const&) override { calls.push_back("executed"); }
    void broke_off() override { calls.push_back("broke_off"); }
    void stuck(situation const&) override { calls.push_back("stuck"); }
    [[nodiscard]] loop_rule loops() const override { return loop_rule::search; }
    [[nodiscard]] bool can_start_over() const override { return true; }
    void start_over() override { calls.push_back("start_over"); }
    bool end(bool abandoned) override {
        calls.push_back(abandoned ? "end, abandoned" : "end");
        return abandoned;
    }
};

std::vector<std::string> const all_calls = {"begin",         "predicted", "mispredicted",
                                            "choose_thread", "choose",    "choose_store",
                                            "executed",      "broke_off", "stuck",
                                            "start_over",    "end"};

/// Makes every call of `strategy` once; `predicts` is what predicted() returned.
void call_all(strategy& outer, int& predicts) {
    operation const next[2] = {};
    situation now;
    now.enabled = 3;
    now.threads = 2;
    now.next = next;
    std::uint32_t const ages[4] = {0, 1, 2, 3};
    outer.begin();
    predicts = outer.predicted(next);
    outer.mispredicted();
    EXPECT_EQ(0, outer.choose_thread(now));
    EXPECT_EQ(2U, outer.choose(decision::user, 3, 0));
    EXPECT_EQ(3U, outer.choose_store(4, ages, 0));
    outer.executed(0, next[0]);
    outer.broke_off();
    outer.stuck(now);
    EXPECT_EQ(loop_rule::search, outer.loops());
    EXPECT_TRUE(outer.can_start_over());
    outer.start_over();
    EXPECT_FALSE(outer.end(false));
}

TEST(model_forwarding, the_base_forwards_every_call_and_answer) {
    recording inner;
    forwarding outer(inner);
    int predicts = 0;
    call_all(outer, predicts);
    EXPECT_EQ(1, predicts);
    EXPECT_EQ(all_calls, inner.calls);
    EXPECT_TRUE(outer.end(true));
}

TEST(model_forwarding, the_base_follows_what_the_inner_one_wants_to_be_asked) {
    recording inner;
    forwarding outer(inner);
    EXPECT_TRUE(outer.asks_of_one());
    operation const next[2] = {};
    (void)outer.predicted(next);
    EXPECT_FALSE(outer.asks_of_one());
    situation now;
    now.next = next;
    (void)outer.choose_thread(now);
    EXPECT_TRUE(outer.asks_of_one());
}

TEST(model_forwarding, counting_executions_forwards_every_call) {
    recording inner;
    distinct_set seen(64);
    counted outer(inner, seen);
    int predicts = 0;
    call_all(outer, predicts);
    EXPECT_EQ(1, predicts);
    EXPECT_EQ(all_calls, inner.calls);
    EXPECT_EQ(1U, seen.count());
}

TEST(model_forwarding, taking_turns_forwards_every_call_to_the_one_whose_turn_it_is) {
    auto first = std::make_unique<recording>();
    auto second = std::make_unique<recording>();
    recording const& one = *first;
    recording const& other = *second;
    std::vector<std::unique_ptr<strategy>> all;
    all.push_back(std::move(first));
    all.push_back(std::move(second));
    in_turn outer(std::move(all), 1);
    int predicts = 0;
    call_all(outer, predicts);
    EXPECT_EQ(1, predicts);
    EXPECT_EQ(all_calls, one.calls);
    EXPECT_TRUE(other.calls.empty());
    call_all(outer, predicts);
    EXPECT_EQ(all_calls, other.calls);
}

// It has to see every situation, so it asks for no prediction; all other calls arrive.
TEST(model_forwarding, recording_deviations_forwards_every_call_but_the_prediction) {
    recording inner;
    noting outer(inner);
    int predicts = 0;
    call_all(outer, predicts);
    EXPECT_EQ(strategy::unknown, predicts);
    std::vector<std::string> expected = all_calls;
    std::erase(expected, "predicted");
    EXPECT_EQ(expected, inner.calls);
    EXPECT_EQ(2U, outer.deviations().size());  // the choice and the store are not the default
}

}  // namespace
