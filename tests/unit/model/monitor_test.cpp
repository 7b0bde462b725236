// SPDX-License-Identifier: MIT
// Monitors: a plain class as a single-step object of the model, and the specifications made of it.
#include "program.hpp"

#include "model/core/trace.hpp"

#include <gtest/gtest.h>

namespace {

using namespace racekit;
using namespace racekit::model;
using std::chrono::seconds;

TEST(model_monitor, a_semaphore_orders_what_it_guards) {
    struct shared {
        specification::semaphore gate{1};
        plain<int> number{0};
    };
    program<shared> body;
    auto const use = [](shared& all) {
        all.gate.acquire();
        all.number.write(all.number.read() + 1);
        all.gate.release();
    };
    body.threads = {use, use, use};
    body.last = [](shared& all) { RACEKIT_CHECK_EQUAL(3, all.number.read()); };
    explored const seen = explore(body);
    EXPECT_EQ("", seen.kind());
    EXPECT_EQ(6U, seen.executions);  // the orders in which three can take it
    exhaustive everything(exhaustive::reduction::none);
    EXPECT_LE(6U, explore(body, everything).executions);
}

TEST(model_monitor, two_permits_guard_nothing) {
    struct shared {
        specification::semaphore gate{2};
        plain<int> number{0};
    };
    program<shared> body;
    auto const use = [](shared& all) {
        all.gate.acquire();
        all.number.write(all.number.read() + 1);
        all.gate.release();
    };
    body.threads = {use, use};
    EXPECT_EQ("data race", explore(body).kind());
}

// An acquire synchronises with no later operation: only a release does.
TEST(model_monitor, acquiring_does_not_release) {
    struct shared {
        specification::semaphore gate{2};
        plain<int> number{0};
    };
    program<shared> body;
    body.threads = {[](shared& all) {
                         all.number.write(1);
                         all.gate.acquire();
                     },
                     [](shared& all) {
                         all.gate.acquire();
                         (void)all.number.read();
                     }};
    EXPECT_EQ("data race", explore(body).kind());
}

TEST(model_monitor, steps_on_different_monitors_and_looks_commute) {
    struct apart { specification::semaphore left{0}, right{0}; };
    program<apart> body;
    body.threads = {[](apart& all) { all.left.release(); all.left.release(); },
                     [](apart& all) { all.right.release(); all.right.release(); }};
    EXPECT_EQ(1U, explore(body).executions);
    struct one { specification::event raised; };
    program<one> looking;
    looking.threads = {[](one& all) { (void)all.raised.is_set(); },
                       [](one& all) { (void)all.raised.is_set(); }};
    EXPECT_EQ(1U, explore(looking).executions);
    looking.threads.push_back([](one& all) { all.raised.set(); });
    EXPECT_EQ(4U, explore(looking).executions);  // each look before or after the set
}

TEST(model_monitor, a_deadlock_names_the_object_and_the_operation) {
    struct shared { specification::semaphore tickets{0}; };
    program<shared> body;
    body.threads = {[](shared& all) { all.tickets.acquire(); }};
    explored const seen = explore(body);
    EXPECT_EQ("deadlock", seen.kind());
    EXPECT_NE(std::string::npos, seen.found->consequence.find("waits in acquire() of %"))
        << seen.found->consequence;
}

TEST(model_monitor, a_trace_names_the_object_its_state_and_the_waiters) {
    struct shared { specification::semaphore tickets{0}; };
    program<shared> body;
    body.threads = {[](shared& all) { all.tickets.acquire(); },
                     [](shared& all) { all.tickets.release(); },
                     [](shared& all) { all.tickets.acquire(); }};
    exploration_config config;
    config.threads = 3;
    config.record = true;
    engine explorer(body, config);
    exhaustive systematically;
    execution_record const& last =
        explorer.play(systematically, [](std::uint64_t) { return false; });
    ASSERT_TRUE(last.found);
    std::vector<std::string> const names = names_of(last.rows, last.objects);
    std::vector<step> const steps = steps_of(last.rows, names);
    bool released = false;
    bool waits = false;
    for (step const& each : steps) {
        released = released ||
                   (each.action == "release" && each.value == "1" && each.object == "tickets");
        waits = waits || (each.blocked && each.action == "waits in acquire() of tickets");
    }
    EXPECT_TRUE(released);
    EXPECT_TRUE(waits);
}

TEST(model_monitor, a_deadline_may_pass_and_only_while_it_is_not_ready) {
    struct shared {
        specification::semaphore tickets{0};
        plain<bool> in_time{false};
    };
    program<shared> body;
    body.threads = {[](shared& all) { all.tickets.release(); },
                     [](shared& all) {
                         bool const taken = all.tickets.try_acquire_for(seconds(1));
                         all.in_time.write(taken);
                         if (!taken) all.tickets.acquire();
                     }};
    body.outcome = [](shared& all) { return std::string(all.in_time.read() ? "taken" : "late"); };
    EXPECT_EQ("", explore(body).kind());
    EXPECT_EQ((std::set<std::string>{"late", "taken"}), body.outcomes);
    struct free { specification::semaphore tickets{1}; };
    program<free> ready;
    ready.threads = {[](free& all) { RACEKIT_CHECK(all.tickets.try_acquire_for(seconds(0))); }};
    EXPECT_EQ("", explore(ready).kind());
}

TEST(model_monitor, misuse_throws_and_changes_nothing) {
    struct shared { specification::bounded_semaphore seats{1}; };
    program<shared> body;
    body.threads = {[](shared& all) {
        bool thrown = false;
        try {
            all.seats.release();
        } catch (released_too_often const&) {
            thrown = true;
        }
        RACEKIT_CHECK(thrown);
        RACEKIT_CHECK(all.seats.try_acquire());
        RACEKIT_CHECK(!all.seats.try_acquire());
    }};
    EXPECT_EQ("", explore(body).kind());
    EXPECT_THROW(throw bad_count("negative"), std::invalid_argument);
}

TEST(model_monitor, a_pulse_wakes_everyone_who_waited) {
    struct shared {
        specification::event raised;
        atomic<bool> waits{false};
        plain<int> letter{0};
    };
    program<shared> body;
    body.threads = {[](shared& all) {
                         all.letter.write(42);
                         all.raised.set();
                         all.raised.clear();
                         all.raised.set();
                     },
                     [](shared& all) {
                         all.raised.wait();
                         RACEKIT_CHECK_EQUAL(42, all.letter.read());
                     }};
    EXPECT_EQ("", explore(body).kind());
}

TEST(model_monitor, one_set_wakes_one_of_those_who_wait_for_an_auto_reset_event) {
    struct shared { specification::auto_reset_event raised; };
    program<shared> body;
    auto const wait = [](shared& all) { all.raised.wait(); };
    body.threads = {wait, wait, [](shared& all) { all.raised.set(); }};
    EXPECT_EQ("deadlock", explore(body).kind());
    body.threads.pop_back();
    body.threads.push_back([](shared& all) {
        all.raised.set();
        all.raised.set();
    });
    EXPECT_EQ("deadlock", explore(body).kind());  // the second may come before anybody took it
}

TEST(model_monitor, a_latch_opens_once) {
    struct shared {
        specification::latch gate{2};
        plain<int> left{0}, right{0};
    };
    program<shared> body;
    body.threads = {[](shared& all) {
                         all.left.write(1);
                         all.gate.count_down();
                     },
                     [](shared& all) {
                         all.right.write(1);
                         all.gate.arrive_and_wait();
                         RACEKIT_CHECK_EQUAL(1, all.left.read());
                     },
                     [](shared& all) {
                         all.gate.wait();
                         RACEKIT_CHECK_EQUAL(2, all.left.read() + all.right.read());
                     }};
    EXPECT_EQ("", explore(body).kind());
}

TEST(model_monitor, a_barrier_orders_the_parties_and_its_action) {
    struct shared {
        plain<int> left{0}, right{0}, sum{0};
        specification::barrier meeting{2,
                                       [this] { sum.write(left.read() + right.read()); }};
    };
    program<shared> body;
    auto const meet = [](bool leftmost) {
        return [leftmost](shared& all) {
            for (int cycle = 1; cycle <= 2; ++cycle) {
                (leftmost ? all.left : all.right).write(cycle);
                all.meeting.wait();
                RACEKIT_CHECK_EQUAL(2 * cycle, all.sum.read());
            }
        };
    };
    body.threads = {meet(true), meet(false)};
    EXPECT_EQ("", explore(body).kind());
    body.threads.push_back([](shared& all) { all.meeting.abort(); });
    EXPECT_EQ("uncaught exception", explore(body).kind());  // broken_barrier
}

TEST(model_monitor, a_deadline_breaks_a_barrier_and_a_reset_repairs_it) {
    struct shared { specification::barrier meeting{2}; };
    program<shared> body;
    auto const meet = [](shared& all) {
        try {
            all.meeting.wait_for(seconds(1));
        } catch (broken_barrier const&) {
        }
    };
    body.threads = {meet, meet, [](shared& all) { all.meeting.reset(); }};
    body.outcome = [](shared& all) {
        return std::to_string(all.meeting.waiting()) + (all.meeting.is_broken() ? " broken" : "");
    };
    EXPECT_EQ("", explore(body).kind());
    EXPECT_EQ((std::set<std::string>{"0", "0 broken"}), body.outcomes);
}

TEST(model_monitor, one_that_is_destroyed_while_a_thread_waits_is_reported) {
    struct shared { specification::semaphore* tickets = new specification::semaphore(0); };
    program<shared> body;
    body.threads = {[](shared& all) { all.tickets->acquire(); },
                     [](shared& all) { delete all.tickets; }};
    EXPECT_EQ("use after free", explore(body).kind());
}

TEST(model_monitor, a_process_that_dies_leaves_a_whole_object) {
    struct shared { specification::semaphore tickets{0}; };
    program<shared> body;
    body.threads = {[](shared& all) { all.tickets.release(); },
                     [](shared& all) { (void)all.tickets.try_acquire_for(seconds(1)); }};
    exploration_config config;
    config.mortal = 1;
    EXPECT_EQ("", explore(body, config).kind());
}

// Which of the parties completes the cycle makes no difference to any of them.
TEST(model_monitor, arrivals_in_one_cycle_are_one_execution) {
    struct shared {
        specification::barrier meeting{4};
        specification::latch countdown{4};
        plain<int> numbers[4];
    };
    program<shared> body;
    for (int thread = 0; thread < 4; ++thread) {
        body.threads.push_back([thread](shared& all) {
            all.numbers[thread].write(1);
            all.meeting.arrive_and_wait();
            RACEKIT_CHECK_EQUAL(1, all.numbers[3 - thread].read());
            all.meeting.arrive_and_wait();
            all.countdown.arrive_and_wait();
        });
    }
    explored const seen = explore(body);
    EXPECT_EQ("", seen.kind());
    EXPECT_EQ(1U, seen.executions);
    EXPECT_EQ(0U, seen.abandoned);
}

// With a third thread, two of them meet first, in three ways, and the third one waits for ever.
TEST(model_monitor, more_threads_than_parties_meet_in_every_combination) {
    struct shared {
        specification::barrier meeting{2};
        atomic<int> passed{0};
    };
    program<shared> body;
    auto const meet = [](shared& all) {
        all.meeting.arrive_and_wait();
        all.passed.fetch_add(1);
    };
    body.threads = {meet, meet, meet};
    EXPECT_EQ("deadlock", explore(body).kind());
}

}  // namespace
