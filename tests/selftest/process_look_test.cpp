// SPDX-License-Identifier: MIT
// The process detector goes red when it must, and only then.
#include "process/process.hpp"

#include <racekit/lock/process_mutex.hpp>
#include <racekit/lock/robust_mutex.hpp>
#include <racekit/scenario.hpp>

#include <gtest/gtest.h>

#include <csignal>
#include <memory>
#include <stdexcept>
#include <string>
#include <unistd.h>

namespace {

using namespace racekit;

struct racy {
    atomic<int> count{0};
    void add() { count.store(count.load() + 1); }
};
struct fixed {
    atomic<int> count{0};
    void add() { count.fetch_add(1, std::memory_order_relaxed); }
};

template <class counter>
struct counting {
    static constexpr int processes = 2;
    counter shared;
    void process(int) { shared.add(); }
    void after() { RACEKIT_CHECK_EQUAL(2, shared.count.load()); }
    int outcome() { return shared.count.load(); }
};

template <template <class> class body, class Racy = racy, class Fixed = fixed>
scenario scenario_of() {
    description about;
    about.process = finds;
    return describe<body<Racy>, body<Fixed>>("body", "selftest", __FILE__, about);
}

observation seen(scenario const& what, variant which, settings how = {}) {
    return processes::look(what, which, how);
}

judgement judged(scenario const& what, variant which, settings how = {}) {
    return judge(which, what.about.process, seen(what, which, how)).what;
}

TEST(process_look, keeps_a_promise_that_is_true) {
    auto const what = scenario_of<counting>();
    EXPECT_EQ(judged(what, variant::racy), judgement::kept);
    EXPECT_EQ(judged(what, variant::fixed), judgement::kept);
}

TEST(process_look, is_red_when_the_fixed_variant_is_broken) {
    EXPECT_EQ(judged(scenario_of<counting, racy, racy>(), variant::fixed), judgement::broken);
}

TEST(process_look, is_red_when_the_racy_variant_is_corrected) {
    EXPECT_EQ(judged(scenario_of<counting, fixed, fixed>(), variant::racy), judgement::broken);
}

TEST(process_look, is_red_when_it_did_not_run) {
    settings no_time;
    no_time.seconds = 1e-9;
    auto const what = scenario_of<counting>();
    observation const nothing = seen(what, variant::fixed, no_time);
    EXPECT_EQ(nothing.far.how, reach::kind::none);
    EXPECT_EQ(judge(variant::fixed, what.about.process, nothing).what, judgement::broken);
}

TEST(process_look, counts_every_outcome_and_marks_the_forbidden_ones) {
    settings how;
    how.executions = 3000;
    how.seconds = 60;
    observation const what = seen(scenario_of<counting>(), variant::racy, how);
    ASSERT_TRUE(what.found);
    EXPECT_EQ(what.found->kind, "failed check");
    EXPECT_EQ(what.far.count, 3000U);
    ASSERT_TRUE(what.outcomes.contains("1") && what.outcomes.contains("2"));
    EXPECT_FALSE(what.outcomes.at("1").allowed);
    EXPECT_TRUE(what.outcomes.at("2").allowed);
    EXPECT_EQ(what.outcomes.at("1").times + what.outcomes.at("2").times, 3000U);
}

TEST(process_look, refuses_what_makes_no_sense_to_it) {
    settings how;
    how.schedule = "0.1.0";
    EXPECT_THROW((void)seen(scenario_of<counting>(), variant::racy, how), usage_error);
    how = {};
    how.mode = "controlled";
    EXPECT_THROW((void)seen(scenario_of<counting>(), variant::racy, how), usage_error);
}

template <class>
struct check_fails_in_a_process {
    static constexpr int processes = 2;
    void process(int self) { RACEKIT_CHECK(self == 0); }
};

TEST(process_look, counts_checks_that_the_processes_make) {
    observation const what = seen(scenario_of<check_fails_in_a_process>(), variant::racy);
    ASSERT_TRUE(what.found);
    EXPECT_EQ(what.found->kind, "failed check");
    EXPECT_EQ(what.found->consequence, "self == 0");
    EXPECT_EQ(what.outcomes.size(), 1U) << "no round passed";
}

template <class>
struct waits_for_ever {
    static constexpr int processes = 2;
    process_mutex gate;
    void before() { gate.lock(); }
    void process(int self) {
        if (self == 1) gate.lock();
    }
};

TEST(process_look, finds_a_hang_and_says_who_and_where) {
    auto const what = scenario_of<waits_for_ever>();
    observation const hang = seen(what, variant::racy);
    ASSERT_TRUE(hang.found);
    EXPECT_EQ(hang.found->kind, "hang");
    EXPECT_EQ(hang.found->consequence.find("process 1 waits for a lock"), 0U)
        << hang.found->consequence;
    EXPECT_EQ(judge(variant::fixed, {}, hang).what, judgement::hang);
}

template <class>
struct spins_for_ever {
    static constexpr int processes = 2;
    atomic<int> never_set{0};
    void process(int self) {
        while (self == 0 && never_set.load() == 0) {
        }
    }
};

TEST(process_look, finds_a_loop_without_end) {
    observation const hang = seen(scenario_of<spins_for_ever>(), variant::racy);
    ASSERT_TRUE(hang.found);
    EXPECT_EQ(hang.found->kind, "hang");
    EXPECT_EQ(hang.found->consequence, "process 0 runs without end");
}

template <class>
struct crashes {
    static constexpr int processes = 2;
    void process(int self) {
        if (self == 1) ::raise(SIGSEGV);
    }
};

template <class>
struct exits {
    static constexpr int processes = 1;
    void process(int) { ::_exit(3); }
};

template <class>
struct throws {
    static constexpr int processes = 1;
    void process(int) { throw std::runtime_error("on purpose"); }
};

TEST(process_look, finds_a_death_that_is_not_its_doing) {
    observation what = seen(scenario_of<crashes>(), variant::fixed);
    ASSERT_TRUE(what.found);
    EXPECT_EQ(what.found->kind, "crash");
    EXPECT_EQ(what.found->consequence, "process 1 died of Segmentation fault");
    what = seen(scenario_of<exits>(), variant::fixed);
    ASSERT_TRUE(what.found);
    EXPECT_EQ(what.found->consequence, "process 0 exited with code 3");
    what = seen(scenario_of<throws>(), variant::fixed);
    ASSERT_TRUE(what.found);
    EXPECT_EQ(what.found->kind, "uncaught exception");
    EXPECT_EQ(what.found->consequence, "process 0: std::runtime_error: on purpose");
}

struct orphaned {
    process_mutex gate;
    void lock() { gate.lock(); }
};
struct inherited {
    robust_mutex gate;
    void lock() {
        if (gate.lock() == lock_state::owner_died) gate.mark_consistent();
    }
};

template <class lock>
struct owner_dies {
    static constexpr int processes = 2;
    static constexpr int mortal = 0;
    lock shared;
    void process(int) {
        shared.lock();
        shared.gate.unlock();
    }
};

TEST(process_look, kills_the_mortal_and_calls_that_no_error) {
    auto const what = scenario_of<owner_dies, orphaned, inherited>();
    observation const fine = seen(what, variant::fixed);
    EXPECT_EQ(fine.how, observation::state::clean);
    EXPECT_NE(fine.far.bounds.find(" kills"), std::string::npos);
    EXPECT_NE(fine.far.bounds, "0 kills");
    observation const hang = seen(what, variant::racy);
    ASSERT_TRUE(hang.found) << "in " << hang.far.words() << ", " << hang.far.bounds;
    EXPECT_EQ(hang.found->kind, "hang");
    EXPECT_NE(hang.found->consequence.find("after process 0 was killed"), std::string::npos);
}

TEST(process_look, is_inconclusive_when_nobody_was_killed) {
    settings how;
    how.executions = 2;  // both only measure
    auto const what = scenario_of<owner_dies, orphaned, inherited>();
    EXPECT_EQ(judged(what, variant::fixed, how), judgement::inconclusive);
}

template <class>
struct waits_for_an_exit {
    static constexpr int processes = 2;
    robust_mutex gate;
    atomic<int> held{0};
    void process(int self) {
        if (self == 0) {
            (void)gate.lock();  // ends holding it
            held.store(1);
        } else {
            await(held, [](int is) { return is == 1; });
            RACEKIT_CHECK(gate.lock() == lock_state::owner_died);
            gate.mark_consistent();
            gate.unlock();
        }
    }
};

TEST(process_look, a_test_body_may_need_a_process_to_have_ended) {
    EXPECT_EQ(judged(scenario_of<waits_for_an_exit>(), variant::fixed), judgement::kept);
}

template <class>
struct heap_in_before {
    static constexpr int processes = 2;
    std::unique_ptr<std::string> text;
    void before() { text = std::make_unique<std::string>("made by the parent, on its own heap"); }
    void process(int) { RACEKIT_CHECK(text->size() == 35); }
};

TEST(process_look, the_processes_have_copies_of_what_before_made) {
    EXPECT_EQ(judged(scenario_of<heap_in_before>(), variant::fixed), judgement::kept);
}

}  // namespace
