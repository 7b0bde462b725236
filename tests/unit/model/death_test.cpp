// SPDX-License-Identifier: MIT
// Every visible operation of a process that may die is a place to die at, and each is explored: the
// racy variants of scenarios about death fail at one that is printed, the fixed ones at none.
#include "model/core/engine.hpp"
#include "model/strategies/exhaustive.hpp"
#include "model/strategies/forwarding.hpp"
#include "model/detector/scenario_body.hpp"

#include <racekit/registry.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <iostream>
#include <memory>
#include <ostream>

namespace racekit {

/// For the name of a test that fails.
void PrintTo(scenario const& what, std::ostream* out) { *out << what.id(); }

}  // namespace racekit

namespace {

using namespace racekit;
using namespace racekit::model;

constexpr std::uint64_t most_executions = 200'000;

/// All executions in which the process dies before this operation of its own, from 1; 0: in none.
class dying_at final : public forwarding {
public:
    explicit dying_at(unsigned operation) : forwarding(all_), operation_(operation) {}

    bool reached = false;  ///< one execution came as far
    bool over = false;     ///< there is no other one

    void begin() override {
        met_ = 0;
        forwarding::begin();
    }
    unsigned choose(decision about, unsigned count, int thread) override {
        if (about != decision::death) return forwarding::choose(about, count, thread);
        bool const now = ++met_ == operation_;
        reached = reached || now;
        return now ? 1 : 0;
    }
    bool end(bool abandoned) override {
        over = !forwarding::end(abandoned);
        return !over;
    }

private:
    unsigned operation_;
    unsigned met_ = 0;
    exhaustive all_;
};

struct seen_at {
    std::string kind;  ///< of what was found
    bool reached = false;
    bool exhausted = false;
    std::uint64_t executions = 0;
    unsigned most = 0;  ///< operations that the process made
};

class mortal_scenario {
public:
    mortal_scenario(scenario const& what, variant which) : body_(what.maker(which)) {
        config_.threads = what.count;
        config_.spawned = what.spawned;
        config_.mortal = what.mortal;
        config_.plain_visible = true;  // they are operations too
        process_ = static_cast<std::uint8_t>(__builtin_ctz(what.mortal));
    }

    seen_at dying(unsigned operation) {
        seen_at seen;
        dying_at there(operation);
        engine explorer(body_, config_);
        while (!there.over && seen.executions < most_executions) {
            execution_record const& last = explorer.play(there, [](std::uint64_t) { return true; });
            if (last.found) {
                seen.kind = last.found->kind;
                break;
            }
            ++seen.executions;
            seen.most = std::max(seen.most, static_cast<unsigned>(std::ranges::count(
                                                last.threads, process_)));
        }
        seen.reached = there.reached;
        seen.exhausted = there.over;
        return seen;
    }

private:
    scenario_body body_;
    exploration_config config_;
    std::uint8_t process_;
};

std::string dies_before(scenario const& what, unsigned operation) {
    return "process " + std::to_string(__builtin_ctz(what.mortal)) + " dies before step " +
           std::to_string(operation);
}

class model_death : public testing::TestWithParam<scenario> {};

TEST_P(model_death, the_racy_variant_breaks_at_its_first_point_that_can) {
    scenario const& what = GetParam();
    mortal_scenario racy(what, variant::racy);
    seen_at const alive = racy.dying(0);
    EXPECT_EQ("", alive.kind) << "it breaks without a death";
    EXPECT_TRUE(alive.exhausted);
    for (unsigned operation = 1; operation <= alive.most; ++operation) {
        seen_at const seen = racy.dying(operation);
        EXPECT_TRUE(seen.reached) << dies_before(what, operation);
        if (!seen.kind.empty()) {
            std::cout << what.id() << " racy: " << dies_before(what, operation) << " of "
                      << alive.most << ": " << seen.kind << "\n";
            return;
        }
        EXPECT_TRUE(seen.exhausted) << dies_before(what, operation);
    }
    ADD_FAILURE() << "it breaks at none of " << alive.most << " points";
}

TEST_P(model_death, the_fixed_one_holds_wherever_the_process_dies) {
    scenario const& what = GetParam();
    mortal_scenario fixed(what, variant::fixed);
    seen_at const alive = fixed.dying(0);
    EXPECT_EQ("", alive.kind);
    EXPECT_TRUE(alive.exhausted);
    unsigned points = 0;
    std::uint64_t executions = alive.executions;
    for (;; ++points) {
        seen_at const seen = fixed.dying(points + 1);
        if (!seen.reached) break;
        EXPECT_EQ("", seen.kind) << dies_before(what, points + 1);
        EXPECT_TRUE(seen.exhausted) << dies_before(what, points + 1);
        executions += seen.executions;
    }
    EXPECT_EQ(alive.most, points) << "operations that it makes, and points at which it can die";
    std::cout << what.id() << " fixed: " << points << " points to die at, exhausted "
              << executions << " executions\n";
}

std::vector<scenario> mortal_ones() {
    std::vector<scenario> all;
    for (scenario const& each : registry())
        if (each.mortal != 0) all.push_back(each);
    return all;
}

INSTANTIATE_TEST_SUITE_P(scenarios, model_death, testing::ValuesIn(mortal_ones()),
                         [](auto const& of) {
                             return std::string(of.param.family) + "_" + of.param.name;
                         });

TEST(model_death, is_tested_for_all_scenarios_about_it) { EXPECT_LE(5U, mortal_ones().size()); }

}  // namespace
