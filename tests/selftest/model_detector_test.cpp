// SPDX-License-Identifier: MIT
// The model detector fails when it must, and gives the reason when it cannot decide.
#include "model/detector/model.hpp"
#include "runner/print.hpp"

#include <racekit/lock/mutex.hpp>
#include <racekit/scenario.hpp>
#include <racekit/verdict.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdlib>
#include <string>
#include <thread>

#include <unistd.h>

namespace {

using namespace racekit;

struct locked {
    mutex gate;
    plain<int> balance{0};
    void deposit() {
        scoped_lock hold(gate);
        balance.write(balance.read() + 10);
    }
};
struct bare {
    plain<int> balance{0};
    void deposit() { balance.write(balance.read() + 10); }
};

template <class>
struct without_end {
    static constexpr int threads = 1;
    atomic<int> steps{0};
    void thread(int) {
        while (steps.fetch_add(1) >= 0) {
        }
    }
};

/// A later version: it does more before.
struct counting {
    plain<int> balance{0};
    plain<int> limit{100};
    void deposit() {
        if (limit.read() > 0) balance.write(balance.read() + 10);
    }
};

template <class account>
struct deposits {
    static constexpr int threads = 2;
    account shared;
    void thread(int) { shared.deposit(); }
    void after() { RACEKIT_CHECK_EQUAL(20, shared.balance.read()); }
};

template <class>
struct endless {
    static constexpr int threads = 1;
    void thread(int) {
        for (bool volatile forever = true; forever;) {
        }
    }
};

template <class>
struct crashing {
    static constexpr int threads = 1;
    void thread(int) { *static_cast<int volatile*>(nullptr) = 1; }
};

template <class>
struct overflowing {
    static constexpr int threads = 1;
    static int deep(int depth) {
        char volatile local[4096];
        local[0] = static_cast<char>(depth);
        return depth > 10000000 ? 0 : deep(depth + 1) + local[0];
    }
    void thread(int) { (void)deep(0); }
};

template <class>
struct forgetful {
    static constexpr int threads = 2;
    atomic<int> number{0};
    void thread(int self) {
        static int times = 0;  // state that outlives the execution
        number.store(self);
        RACEKIT_CHECK(++times != 1);
    }
};

/// Each thing that a test body must not do, once.
enum class misdeed { counts_in_a_static, asks_the_clock, asks_for_luck, uses_an_address,
                     starts_a_thread, sleeps, waits_for_std_atomic, waits_for_a_pipe, forks };
template <misdeed what>
struct misbehaving {
    static constexpr int threads = 2;
    atomic<long> number{0};

    static long other_each_time() {
        static int times = 0;
        if (what == misdeed::counts_in_a_static) return ++times;
        if (what == misdeed::asks_the_clock)
            return std::chrono::steady_clock::now().time_since_epoch().count();
        if (what == misdeed::asks_for_luck) return std::rand();
        void* const place = std::malloc(64 + 16 * static_cast<std::size_t>(++times));
        [[maybe_unused]] static void* kept[64];
        kept[times % 64] = place;  // so that the next one lies elsewhere
        return reinterpret_cast<long>(place);
    }
    static void outside() {
        if (what == misdeed::starts_a_thread) std::thread([] {}).join();
        if (what == misdeed::sleeps) std::this_thread::sleep_for(std::chrono::milliseconds(1));
        if (what == misdeed::waits_for_std_atomic) {
            std::atomic<int> never{0};
            never.wait(0);
        }
        if (what == misdeed::waits_for_a_pipe) {
            int ends[2];
            char byte = 0;
            if (::pipe(ends) == 0) (void)!::read(ends[0], &byte, 1);
        }
        if (what == misdeed::forks && ::fork() == 0) ::_exit(0);
    }
    void thread(int) {
        if (what < misdeed::starts_a_thread) number.store(other_each_time());
        else outside();
    }
};

/// Wrong whatever the order: no race.
template <class account>
struct miscounted {
    static constexpr int threads = 2;
    account shared;
    void thread(int) { shared.deposit(); }
    void after() { RACEKIT_CHECK_EQUAL(21, shared.balance.read()); }
};

template <template <class> class body, class racy, class fixed>
scenario scenario_of(promise model) {
    description about;
    about.model = model;
    return describe<body<racy>, body<fixed>>("body", "selftest", __FILE__, about);
}

template <misdeed what>
observation misbehaves() {
    description about;
    about.model = finds;  // whatever is found: that is no finding
    return model::look(describe<misbehaving<what>, misbehaving<what>>("body", "selftest", __FILE__,
                                                                      about),
                       variant::racy, {});
}

judgement judged(scenario const& what, variant which, settings how = {}) {
    observation const seen = model::look(what, which, how);
    return judge(which, what.about.model, seen).what;
}

TEST(model_detector, keeps_a_promise_that_holds) {
    auto const what = scenario_of<deposits, bare, locked>(finds("data race"));
    EXPECT_EQ(judgement::kept, judged(what, variant::racy));
    EXPECT_EQ(judgement::kept, judged(what, variant::fixed));
}

TEST(model_detector, a_fixed_variant_that_is_broken_goes_red) {
    auto what = scenario_of<deposits, bare, bare>(finds("data race"));
    what.file = "";  // which has no std::atomic, unlike this one
    EXPECT_EQ(judgement::broken, judged(what, variant::fixed));
}

// What the model does not see may order the deposits.
TEST(model_detector, a_finding_beside_unseen_synchronisation_is_no_alarm) {
    auto const what = scenario_of<deposits, bare, bare>(finds("data race"));
    observation const seen = model::look(what, variant::fixed, {});
    EXPECT_EQ(judgement::inconclusive, judge(variant::fixed, what.about.model, seen).what);
    EXPECT_NE(std::string::npos, seen.trouble.find("data race on ")) << seen.trouble;
    EXPECT_NE(std::string::npos, seen.trouble.find("the model does not see std::")) << seen.trouble;
    EXPECT_EQ(judgement::kept, judged(what, variant::racy));
}

TEST(model_detector, a_racy_variant_that_is_corrected_goes_red) {
    auto const what = scenario_of<deposits, locked, locked>(finds("data race"));
    EXPECT_EQ(judgement::broken, judged(what, variant::racy));
}

TEST(model_detector, finding_something_else_goes_red) {
    auto const what = scenario_of<deposits, bare, locked>(finds("deadlock"));
    EXPECT_EQ(judgement::broken, judged(what, variant::racy));
}

TEST(model_detector, a_blind_one_that_sees_goes_red) {
    auto const what = scenario_of<deposits, bare, locked>(blind);
    EXPECT_EQ(judgement::broken, judged(what, variant::racy));
}

TEST(model_detector, a_racy_variant_that_never_passes_goes_red_unless_it_says_why) {
    auto const right = scenario_of<deposits, bare, locked>(finds);
    observation const sometimes = model::look(right, variant::racy, {});
    ASSERT_TRUE(sometimes.passing);
    EXPECT_LT(0U, *sometimes.passing);
    EXPECT_EQ(judgement::kept, judge(variant::racy, finds, sometimes).what);
    EXPECT_EQ(judgement::broken, judge(variant::racy, finds, sometimes, "a reason").what);
    auto const wrong = scenario_of<miscounted, locked, locked>(finds);
    observation const never_well = model::look(wrong, variant::racy, {});
    EXPECT_EQ(0U, never_well.passing);
    EXPECT_EQ(judgement::broken, judge(variant::racy, finds, never_well).what);
    EXPECT_EQ(judgement::kept, judge(variant::racy, finds, never_well, "a reason").what);
}

TEST(model_detector, one_that_did_not_run_goes_red) {
    observation nothing;
    nothing.how = observation::state::clean;
    EXPECT_EQ(judgement::broken, judge(variant::fixed, blind, nothing).what);
    EXPECT_EQ(judgement::inconclusive, judge(variant::fixed, blind, observation{}).what);
}

TEST(model_detector, a_race_is_reported_with_its_consequence_and_replays) {
    auto const what = scenario_of<deposits, bare, locked>(finds("data race"));
    observation const seen = model::look(what, variant::racy, {});
    ASSERT_TRUE(seen.found);
    EXPECT_EQ("balance", seen.found->subject);
    EXPECT_EQ("expected 20, got 10", seen.found->consequence);
    EXPECT_EQ(4U, seen.found->steps.size());
    settings again;
    again.schedule = seen.found->schedule;
    observation const replayed = model::look(what, variant::racy, again);
    ASSERT_TRUE(replayed.found);
    EXPECT_EQ(seen.found->consequence, replayed.found->consequence);
    EXPECT_EQ(seen.found->schedule, replayed.found->schedule);
}

TEST(model_detector, an_execution_without_end_is_inconclusive) {
    auto const what = describe<without_end<bare>, without_end<bare>>("without_end", "test",
                                                                    __FILE__, {});
    observation const seen = model::look(what, variant::racy, {});
    EXPECT_EQ(observation::state::inconclusive, seen.how);
    EXPECT_FALSE(seen.found);
    EXPECT_NE(std::string::npos, seen.trouble.find("was cut off at model_detector_test.cpp:"))
        << seen.trouble;
    EXPECT_NE(std::string::npos, seen.trouble.find("16000 steps")) << seen.trouble;
}

/// A thread waits for a flag, and may count how often it looked.
template <bool counts>
struct waiting {
    template <class>
    struct test_body {
        static constexpr int threads = 2;
        atomic<bool> set{false};
        plain<int> looks{0};
        void thread(int self) {
            if (self == 0) return set.store(true);
            int count = 0;
            while (!set.load()) {
                if (counts) ++count;
                spin_hint();
            }
            looks.write(count);
        }
    };
};

bool has_assumed_wait(observation const& seen) {
    return std::any_of(seen.warnings.begin(), seen.warnings.end(), [](warning const& each) {
        return each.kind == "assumed wait" &&
               each.text.find("model_detector_test.cpp:") != std::string::npos;
    });
}

TEST(model_detector, a_loop_that_counts_while_it_waits_gives_a_warning) {
    observation const counts =
        model::look(scenario_of<waiting<true>::test_body, bare, locked>(finds), variant::fixed, {});
    EXPECT_EQ(observation::state::clean, counts.how);
    EXPECT_TRUE(has_assumed_wait(counts));
    EXPECT_EQ(reach::kind::sampled, counts.far.how);
    observation const waits = model::look(
        scenario_of<waiting<false>::test_body, bare, locked>(finds), variant::fixed, {});
    EXPECT_EQ(observation::state::clean, waits.how);
    EXPECT_FALSE(has_assumed_wait(waits));
    EXPECT_EQ(reach::kind::exhausted, waits.far.how);
}

TEST(model_detector, repeated_rows_are_folded) {
    finding endless;
    endless.threads = 1;
    for (int number = 0; number < 2'000; ++number) {
        step row;
        row.thread = 0;
        row.action = "load -> 0";
        row.object = "set";
        row.operation = "load";
        row.file = __FILE__;
        row.line = 1;
        endless.steps.push_back(row);
    }
    std::string const text = interleaving(endless);
    EXPECT_LT(std::count(text.begin(), text.end(), '\n'), 60) << text;
    EXPECT_NE(std::string::npos, text.find(" x 2,000\n")) << text;
}

TEST(model_detector, refuses_schedules_that_are_not_its_own) {
    auto const what = scenario_of<deposits, bare, locked>(finds("data race"));
    observation const seen = model::look(what, variant::racy, {});
    settings again;
    again.schedule = seen.found->schedule;
    EXPECT_THROW((void)model::look(what, variant::fixed, again), usage_error);
    auto const changed = scenario_of<deposits, locked, locked>(finds("data race"));
    again.exact = true;
    EXPECT_TRUE(model::look(what, variant::racy, again).found);
    EXPECT_THROW((void)model::look(changed, variant::racy, again),
                 usage_error);  // same id, other source
    again.schedule = "0.5";
    EXPECT_THROW((void)model::look(what, variant::racy, again), usage_error);
    again.schedule = "";
    again.mode = "thorough";
    EXPECT_THROW((void)model::look(what, variant::racy, again), usage_error);
}

TEST(model_detector, replays_a_changed_test_body_as_far_as_it_can_and_says_so) {
    auto const what = scenario_of<deposits, bare, locked>(finds("data race"));
    settings again;
    again.schedule = model::look(what, variant::racy, {}).found->schedule;
    EXPECT_NE(std::string::npos, again.schedule.find(".data_race")) << again.schedule;
    auto const longer = scenario_of<deposits, counting, locked>(finds("data race"));
    observation const near = model::look(longer, variant::racy, again);
    ASSERT_TRUE(near.found) << near.trouble;
    EXPECT_EQ("data race", near.found->kind);
    ASSERT_EQ(1U, near.warnings.size());
    EXPECT_NE(std::string::npos, near.warnings[0].text.find("is not the one that")) << near.trouble;
    EXPECT_NE(std::string::npos, near.warnings[0].text.find("the data race came up again"));
    EXPECT_NE(again.schedule, near.found->schedule);
    EXPECT_EQ(0, exit_code(judge(variant::racy, longer.about.model, near).what));

    auto const corrected = scenario_of<deposits, locked, locked>(finds("data race"));
    observation const nothing = model::look(corrected, variant::racy, again);
    EXPECT_EQ(observation::state::inconclusive, nothing.how);
    EXPECT_NE(std::string::npos, nothing.trouble.find("the data race did not come up again"));
    EXPECT_EQ(3, exit_code(judge(variant::racy, corrected.about.model, nothing).what));
}

TEST(model_detector, the_fewest_changes_of_thread_are_reported) {
    observation const seen =
        model::look(scenario_of<deposits, bare, locked>(finds("data race")), variant::racy, {});
    ASSERT_TRUE(seen.found);
    EXPECT_EQ(2U, seen.found->switches);
    EXPECT_TRUE(seen.found->fewest);
    EXPECT_EQ(0U, seen.found->schedule.find("0@1:1")) << seen.found->schedule;
}

TEST(model_detector, a_test_body_that_never_returns_is_a_hang) {
    auto const what = scenario_of<endless, bare, locked>(blind);
    observation const seen = model::look(what, variant::fixed, {});
    ASSERT_TRUE(seen.found);
    EXPECT_EQ("hang", seen.found->kind);
    EXPECT_EQ(judgement::hang, judge(variant::fixed, blind, seen).what);
}

TEST(model_detector, crashes_and_overflows_are_findings) {
    observation const crashed =
        model::look(scenario_of<crashing, bare, locked>(blind), variant::fixed, {});
    ASSERT_TRUE(crashed.found);
    EXPECT_EQ("crash", crashed.found->kind);
    observation const deep =
        model::look(scenario_of<overflowing, bare, locked>(blind), variant::fixed, {});
    ASSERT_TRUE(deep.found);
    EXPECT_EQ("stack overflow", deep.found->kind);
}

TEST(model_detector, a_test_body_that_is_not_deterministic_is_named) {
    observation const seen =
        model::look(scenario_of<forgetful, bare, locked>(blind), variant::fixed, {});
    EXPECT_EQ(observation::state::failed, seen.how);
    EXPECT_NE(std::string::npos, seen.trouble.find("not deterministic"));
}

TEST(model_detector, out_of_budget_is_said_as_sampled) {
    settings little;
    little.executions = 1;
    observation const seen =
        model::look(scenario_of<deposits, bare, locked>(blind), variant::fixed, little);
    EXPECT_EQ(reach::kind::sampled, seen.far.how);
    observation const all =
        model::look(scenario_of<deposits, bare, locked>(blind), variant::fixed, {});
    EXPECT_EQ(reach::kind::exhausted, all.far.how);
    EXPECT_EQ("exhausted 2", all.far.words());
}

template <misdeed what>
void expect_another_each_time(char const* named) {
    observation const seen = misbehaves<what>();
    EXPECT_EQ(observation::state::failed, seen.how) << named;
    EXPECT_NE(std::string::npos,
              seen.trouble.find("not deterministic: its first execution has 'store "))
        << seen.trouble;
    EXPECT_NE(std::string::npos, seen.trouble.find(named)) << seen.trouble;
    EXPECT_EQ(judgement::failed, judge(variant::racy, finds, seen).what);
}

TEST(model_detector, a_test_body_that_differs_when_repeated_is_an_error) {
    expect_another_each_time<misdeed::counts_in_a_static>("static state");
    expect_another_each_time<misdeed::uses_an_address>("addresses used as values");
    expect_another_each_time<misdeed::asks_the_clock>("it calls clock_gettime()");
    expect_another_each_time<misdeed::asks_for_luck>("it calls rand()");
}

template <misdeed what>
void expect_refused(char const* named) {
    observation const seen = misbehaves<what>();
    EXPECT_EQ(observation::state::failed, seen.how) << named;
    EXPECT_NE(std::string::npos, seen.trouble.find(named)) << seen.trouble;
    EXPECT_NE(std::string::npos, seen.trouble.find("which the model does not control"))
        << seen.trouble;
    EXPECT_EQ(judgement::failed, judge(variant::racy, finds, seen).what);
}

TEST(model_detector, threads_and_waits_that_the_model_does_not_control_are_errors) {
    expect_refused<misdeed::starts_a_thread>("thread 0 calls pthread_create()");
    expect_refused<misdeed::sleeps>("nanosleep()");
    expect_refused<misdeed::waits_for_std_atomic>("thread 0 calls futex()");
    expect_refused<misdeed::waits_for_a_pipe>("thread 0 blocks in read()");
    expect_refused<misdeed::forks>("thread 0 calls fork()");
}

/// Its threads share a variable that does not go through the platform.
template <class>
struct unconverted {
    static constexpr int threads = 2;
    std::atomic<int> number{0};
    void thread(int) { number.store(number.load() + 1); }
};

TEST(model_detector, a_body_in_which_nothing_is_visible_is_inconclusive) {
    observation const seen =
        model::look(scenario_of<unconverted, bare, locked>(finds), variant::fixed, {});
    EXPECT_EQ(observation::state::inconclusive, seen.how);
    EXPECT_NE(std::string::npos, seen.trouble.find("std::atomic (line ")) << seen.trouble;
}

/// The writer comes first in the order of threads; the reader expects the old value.
template <class>
struct writer_first {
    static constexpr int threads = 2;
    plain<int> number{0};
    void thread(int self) {
        if (self == 0) number.write(1);
        else RACEKIT_CHECK_EQUAL(0, number.read());
    }
};

TEST(model_detector, plain_accesses_are_steps_where_a_passing_execution_is_wanted) {
    observation const seen =
        model::look(scenario_of<writer_first, bare, locked>(finds), variant::racy, {});
    EXPECT_EQ(observation::state::found, seen.how);
    EXPECT_GT(seen.passing, 0U);
}

/// Two that store and look at nothing: what the model does not show of them is said.
template <class>
struct blind_stores {
    static constexpr int threads = 2;
    atomic<int> number{0};
    void thread(int self) { number.store(self, std::memory_order_relaxed); }
};

TEST(model_detector, a_clean_verdict_warns_of_what_is_not_shown) {
    settings how;
    how.memory = "relacy";
    observation const stores =
        model::look(scenario_of<blind_stores, bare, locked>(finds), variant::fixed, how);
    ASSERT_EQ(2U, stores.warnings.size());
    EXPECT_EQ("modification order", stores.warnings[0].kind);
    EXPECT_EQ("unseen synchronisation", stores.warnings[1].kind);  // this file has a std::atomic
    observation const deposited =
        model::look(scenario_of<deposits, bare, locked>(finds), variant::fixed, {});
    ASSERT_EQ(1U, deposited.warnings.size()) << "the others are of the test body before it";
    EXPECT_EQ("unseen synchronisation", deposited.warnings[0].kind);
    observation const exact =
        model::look(scenario_of<blind_stores, bare, locked>(finds), variant::fixed, {});
    ASSERT_EQ(1U, exact.warnings.size());
    EXPECT_EQ("unseen synchronisation", exact.warnings[0].kind);
    how.memory = "exactly";
    EXPECT_THROW((void)model::look(scenario_of<blind_stores, bare, locked>(finds), variant::fixed,
                                   how),
                 usage_error);
}

}  // namespace
