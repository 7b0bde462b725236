// SPDX-License-Identifier: MIT
// The list of all states against the unreduced search, which shares none of its rules.
#include "program.hpp"
#include "selftest/small_programs.hpp"

#include "model/detector/graph_walk.hpp"

#include <racekit/lock/condition_variable.hpp>

#include <gtest/gtest.h>

#include <cstdint>
#include <map>
#include <set>
#include <utility>

namespace {

using namespace racekit;
using namespace racekit::model;

constexpr auto relaxed = std::memory_order_relaxed;
constexpr auto acquire = std::memory_order_acquire;
constexpr auto release = std::memory_order_release;

constexpr std::size_t plenty = 5000;

template <class State>
exploration_config config_of(program<State> const& what) {
    exploration_config config;
    config.threads = static_cast<int>(what.threads.size());
    return config;
}

constexpr char any_kind[] = "any";

/// How many ways lead from a state to an end of that kind; "" is an execution that passes.
std::uint64_t ways(state_graph const& graph, std::string const& kind, std::size_t from,
                   std::map<std::size_t, std::uint64_t>& known) {
    graph_state const& state = graph.states[from];
    if (state.ended) return kind == any_kind || kind == state.kind ? 1 : 0;
    if (auto const seen = known.find(from); seen != known.end()) return seen->second;
    std::uint64_t sum = 0;
    for (graph_edge const& each : state.edges) sum += ways(graph, kind, each.to, known);
    return known[from] = sum;
}
std::uint64_t ways(state_graph const& graph, std::string const& kind = any_kind) {
    std::map<std::size_t, std::uint64_t> known;
    return ways(graph, kind, 0, known);
}

std::set<std::string> ends(state_graph const& graph) {
    std::set<std::string> all;
    for (graph_state const& each : graph.states) {
        if (each.ended) all.insert(each.kind + ": " + each.consequence);
    }
    return all;
}

/// How many orders of steps there are, and the kinds of what they end in, unreduced.
template <class State>
std::pair<std::uint64_t, std::set<std::string>> all_orders(program<State>& what) {
    exploration_config config = config_of(what);
    config.plain_visible = config.past_races = config.past_findings = true;
    engine plays(what, config);
    exhaustive everything(exhaustive::reduction::none);
    (void)plays.play(everything, [](std::uint64_t count) { return count >= 200'000; });
    return {plays.executions(), plays.kinds()};
}

struct counter {
    atomic<int> number{0};
    plain<int> bare{0};
};

program<counter> add_by_load_and_store() {
    program<counter> body;
    for (int thread = 0; thread < 2; ++thread) {
        body.threads.push_back([](counter& all) {
            int const before = all.number.load(relaxed);
            all.number.store(before + 1, relaxed);
        });
    }
    body.last = [](counter& all) { RACEKIT_CHECK_EQUAL(2, all.number.load()); };
    return body;
}

TEST(model_graph_walk, two_increments_of_two_steps) {
    auto body = add_by_load_and_store();
    walked const seen = walk(body, config_of(body), plenty);
    EXPECT_TRUE(seen.graph.complete);
    EXPECT_EQ(2, seen.graph.threads);
    EXPECT_EQ((std::set<std::string>{": ", "failed check: expected 2, got 1"}),
              ends(seen.graph));
    // The first step of either thread, and each reads the only store there is.
    ASSERT_EQ(2U, seen.graph.states[0].edges.size());
    ASSERT_EQ(1U, seen.graph.states[0].edges[0].steps.size());
    step const& first = seen.graph.states[0].edges[0].steps[0];
    EXPECT_EQ("load", first.operation);
    ASSERT_EQ(1U, first.could_read.size());
    EXPECT_EQ("0", first.could_read[0].value);
    EXPECT_TRUE(first.could_read[0].newest && first.could_read[0].read);
}

TEST(model_graph_walk, states_are_fewer_than_orders_and_ends_the_same) {
    struct three {
        atomic<int> numbers[3]{0, 0, 0};
    };
    program<three> independent;
    for (int thread = 0; thread < 3; ++thread) {
        independent.threads.push_back([thread](three& all) {
            for (int turn = 0; turn < 2; ++turn) all.numbers[thread].store(turn, relaxed);
        });
    }
    walked const seen = walk(independent, config_of(independent), plenty);
    ASSERT_TRUE(seen.graph.complete);
    // Each thread has made none, one or both of its steps: 3 * 3 * 3 states, of which the last one
    // is an end.
    EXPECT_EQ(27U, seen.graph.states.size());
    EXPECT_EQ(90U, ways(seen.graph));  // 6! / (2! 2! 2!)
}

TEST(model_graph_walk, a_load_has_an_edge_for_each_store_it_may_read) {
    program<counter> body;
    body.threads.push_back([](counter& all) {
        all.bare.write(7);
        all.number.store(1, relaxed);
    });
    body.threads.push_back([](counter& all) {
        if (all.number.load(acquire) == 1) (void)all.bare.read();
    });
    walked const seen = walk(body, config_of(body), plenty);
    ASSERT_TRUE(seen.graph.complete);
    bool two = false;
    for (graph_state const& each : seen.graph.states) {
        std::set<std::string> read;
        for (graph_edge const& edge : each.edges) {
            if (edge.thread != 1 || edge.steps.at(0).operation != "load") continue;
            step const& load = edge.steps[0];
            read.insert(load.action);
            if (load.could_read.size() < 2) continue;
            EXPECT_EQ("1", load.could_read[0].value);
            EXPECT_EQ("0", load.could_read[1].value);
            EXPECT_TRUE(load.could_read[0].newest && !load.could_read[1].newest);
            EXPECT_EQ(2U, load.could_read[0].step);  // after the write of the plain variable
            EXPECT_EQ(0U, load.could_read[1].step);
            EXPECT_EQ(load.action == "load -> 0 acquire", load.could_read[1].read);
            EXPECT_NE(load.could_read[0].read, load.could_read[1].read);
        }
        two = two || read == std::set<std::string>{"load -> 0 acquire", "load -> 1 acquire"};
    }
    EXPECT_TRUE(two);
    // The race is known as soon as it has happened, and not before.
    EXPECT_EQ("", seen.graph.states[0].kind);
    bool raced = false;
    for (graph_state const& each : seen.graph.states)
        raced = raced || (!each.ended && each.kind == "data race");
    EXPECT_FALSE(raced);  // its second access is the last step of the program
    EXPECT_TRUE(ends(seen.graph).count("data race: ") != 0);
    EXPECT_TRUE(ends(seen.graph).count(": ") != 0);
}

TEST(model_graph_walk, a_race_is_known_in_the_state_after_it) {
    program<counter> body;
    for (int thread = 0; thread < 2; ++thread) {
        body.threads.push_back([](counter& all) {
            all.bare.write(1);
            all.number.fetch_add(1, relaxed);
        });
    }
    walked const seen = walk(body, config_of(body), plenty);
    ASSERT_TRUE(seen.graph.complete);
    for (graph_state const& each : seen.graph.states) {
        for (graph_edge const& edge : each.edges) {
            bool const writes = edge.steps.at(0).object == "bare";
            graph_state const& after = seen.graph.states[edge.to];
            if (!each.kind.empty()) EXPECT_EQ("data race", after.kind);
            else if (!writes) EXPECT_EQ("", after.kind);
        }
    }
    std::size_t raced = 0;
    for (graph_state const& each : seen.graph.states) raced += !each.ended && !each.kind.empty();
    EXPECT_GT(raced, 0U);
}

TEST(model_graph_walk, a_published_value_has_no_end_with_a_race) {
    program<counter> body;
    body.threads.push_back([](counter& all) {
        all.bare.write(7);
        all.number.store(1, release);
    });
    body.threads.push_back([](counter& all) {
        if (all.number.load(acquire) == 1) RACEKIT_CHECK_EQUAL(7, all.bare.read());
    });
    walked const seen = walk(body, config_of(body), plenty);
    ASSERT_TRUE(seen.graph.complete);
    EXPECT_EQ((std::set<std::string>{": "}), ends(seen.graph));
}

TEST(model_graph_walk, waiting_threads_are_shown_and_a_deadlock_is_an_end) {
    struct two_locks {
        mutex first;
        mutex second;
    };
    program<two_locks> body;
    body.threads.push_back([](two_locks& all) {
        std::scoped_lock<mutex> outer(all.first);
        std::scoped_lock<mutex> inner(all.second);
    });
    body.threads.push_back([](two_locks& all) {
        std::scoped_lock<mutex> outer(all.second);
        std::scoped_lock<mutex> inner(all.first);
    });
    walked const seen = walk(body, config_of(body), plenty);
    ASSERT_TRUE(seen.graph.complete);
    bool waits = false;
    for (graph_state const& each : seen.graph.states) waits = waits || each.waiting != 0;
    EXPECT_TRUE(waits);
    std::set<std::string> kinds;
    for (graph_state const& each : seen.graph.states) {
        if (each.ended) kinds.insert(each.kind);
    }
    EXPECT_EQ((std::set<std::string>{"", "deadlock"}), kinds);
}

TEST(model_graph_walk, the_order_of_two_changes_of_one_object_makes_two_states) {
    struct guarded {
        mutex gate;
        plain<int> last{0};
        atomic<int> own{0};
    };
    program<guarded> body;
    for (int thread = 0; thread < 2; ++thread) {
        body.threads.push_back([thread](guarded& all) {
            {
                std::scoped_lock<mutex> hold(all.gate);
                all.last.write(thread);
            }
            if (thread == 0) all.own.store(1, relaxed);  // after both orders of the two changes
        });
    }
    std::uint64_t failures = 0;
    body.last = [&](guarded& all) {
        failures += all.last.read() != 1;
        RACEKIT_CHECK_EQUAL(1, all.last.read());
    };
    walked const seen = walk(body, config_of(body), plenty);
    ASSERT_TRUE(seen.graph.complete);
    EXPECT_EQ((std::set<std::string>{": ", "failed check: expected 1, got 0"}), ends(seen.graph));
    failures = 0;
    EXPECT_EQ(all_orders(body).first, ways(seen.graph));
    EXPECT_EQ(failures, ways(seen.graph, "failed check"));
}

TEST(model_graph_walk, rows_outlive_the_heap_of_their_execution) {
    struct slot {
        mutex gate;
        condition_variable filled;
        plain<int> items{0};
    };
    program<slot> body;
    body.threads.push_back([](slot& all) {
        unique_lock<mutex> hold(all.gate);
        while (all.items.read() == 0) all.filled.wait(hold);
    });
    body.threads.push_back([](slot& all) {
        scoped_lock<mutex> hold(all.gate);
        all.items.write(1);
        all.filled.notify_one();
    });
    walked const seen = walk(body, config_of(body), plenty);
    ASSERT_TRUE(seen.graph.complete);
    EXPECT_GT(seen.executions, 1U);
    EXPECT_EQ((std::set<std::string>{": "}), ends(seen.graph));
}

TEST(model_graph_walk, a_death_before_the_first_step_has_its_edge) {
    program<counter> body;
    for (int thread = 0; thread < 2; ++thread)
        body.threads.push_back([](counter& all) { all.number.fetch_add(1, relaxed); });
    body.last = [](counter& all) { RACEKIT_CHECK_EQUAL(2, all.number.load()); };
    exploration_config config = config_of(body);
    config.mortal = 1;
    walked const seen = walk(body, config, plenty);
    ASSERT_TRUE(seen.graph.complete);
    EXPECT_EQ((std::set<std::string>{": ", "failed check: expected 2, got 1"}),
              ends(seen.graph));
    EXPECT_GT(ways(seen.graph, "failed check"), 0U);  // from state 0
    EXPECT_GT(ways(seen.graph, ""), 0U);
}

TEST(model_graph_walk, random_programs_end_as_without_any_reduction) {
    constexpr std::uint64_t seed = 20'240'229;
    constexpr std::uint64_t programs = 300;
    constexpr std::uint64_t most = 20'000;  // executions
    std::uint64_t compared = 0;
    std::uint64_t outcomes = 0;
    for (std::uint64_t number = 0; number < programs; ++number) {
        fuzz::small_program what = fuzz::random_program(seed, number);
        what.plain_visible = true;
        fuzz::sighting const states = fuzz::list_states(what, plenty);
        if (states.cut) continue;
        fuzz::sighting const unreduced =
            fuzz::search(what, exhaustive::reduction::none, most);
        if (unreduced.cut) continue;
        ++compared;
        outcomes += unreduced.outcomes.size();
        ASSERT_EQ("", fuzz::difference(what, unreduced, states))
            << "program " << number << "\n" << fuzz::to_text(what);
    }
    EXPECT_GT(compared, programs / 3);
    EXPECT_GT(outcomes, compared);
}

TEST(model_graph_walk, too_many_states_are_not_complete) {
    auto body = add_by_load_and_store();
    walked const seen = walk(body, config_of(body), 3);
    EXPECT_FALSE(seen.graph.complete);
    EXPECT_FALSE(seen.diverged);
}

TEST(model_graph_walk, orders_and_kinds_are_those_of_the_unreduced_search) {
    auto body = add_by_load_and_store();
    walked const seen = walk(body, config_of(body), plenty);
    auto const [orders, kinds] = all_orders(body);
    EXPECT_EQ((std::set<std::string>{"failed check"}), kinds);
    EXPECT_EQ(orders, ways(seen.graph));
}

}  // namespace
