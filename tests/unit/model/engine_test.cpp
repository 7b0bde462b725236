// SPDX-License-Identifier: MIT
#include "program.hpp"

#include "model/runtime/crash_guard.hpp"

#include <racekit/choice.hpp>

#include <gtest/gtest.h>

#include <cstring>

namespace {

using namespace racekit;
using namespace racekit::model;

constexpr auto relaxed = std::memory_order_relaxed;


struct counter {
    atomic<int> number{0};
};

program<counter> adding(int threads, int each) {
    program<counter> body;
    for (int thread = 0; thread < threads; ++thread) {
        body.threads.push_back([each](counter& all) {
            for (int turn = 0; turn < each; ++turn) all.number.fetch_add(1, relaxed);
        });
    }
    body.last = [=](counter& all) { RACEKIT_CHECK_EQUAL(threads * each, all.number.load()); };
    return body;
}

TEST(model_engine, one_execution_for_each_order_of_dependent_steps) {
    auto two = adding(2, 1);
    EXPECT_EQ(2U, explore(two).executions);
    auto two_by_two = adding(2, 2);
    EXPECT_EQ(6U, explore(two_by_two).executions);
    auto three_by_two = adding(3, 2);
    explored const seen = explore(three_by_two);
    EXPECT_EQ(90U, seen.executions);  // 6! / (2! 2! 2!)
    EXPECT_EQ("", seen.kind());
}

TEST(model_engine, unreduced_search_walks_every_order) {
    auto body = adding(3, 2);
    exhaustive everything(exhaustive::reduction::none);
    EXPECT_EQ(90U, explore(body, everything).executions);
    struct three {
        atomic<int> numbers[3]{0, 0, 0};
    };
    program<three> independent;
    for (int thread = 0; thread < 3; ++thread) {
        independent.threads.push_back([thread](three& all) {
            for (int turn = 0; turn < 2; ++turn) all.numbers[thread].store(turn, relaxed);
        });
    }
    exhaustive unreduced(exhaustive::reduction::none);
    EXPECT_EQ(90U, explore(independent, unreduced).executions);
    EXPECT_EQ(1U, explore(independent).executions);
}

TEST(model_engine, a_relaxed_flag_publishes_nothing) {
    struct shared {
        plain<int> letter{0};
        atomic<bool> posted{false};
    };
    auto const posting = [](std::memory_order publish) {
        program<shared> body;
        body.threads = {[publish](shared& all) {
                             all.letter.write(42);
                             all.posted.store(true, publish);
                         },
                         [](shared& all) {
                             (void)await(all.posted, [](bool posted) { return posted; });
                             RACEKIT_CHECK_EQUAL(42, all.letter.read());
                         }};
        return body;
    };
    auto racy = posting(relaxed);
    explored const seen = explore(racy);
    EXPECT_EQ("data race", seen.kind());
    ASSERT_EQ(2U, seen.found->places.size());
    auto fixed = posting(std::memory_order_release);
    EXPECT_EQ("", explore(fixed).kind());
}

TEST(model_engine, store_buffering_needs_seq_cst) {
    struct shared {
        atomic<int> x{0}, y{0};
        plain<int> seen_x{0}, seen_y{0};
    };
    auto const buffering = [](std::memory_order store, std::memory_order load) {
        program<shared> body;
        body.threads = {[=](shared& all) {
                             all.x.store(1, store);
                             all.seen_y.write(all.y.load(load));
                         },
                         [=](shared& all) {
                             all.y.store(1, store);
                             all.seen_x.write(all.x.load(load));
                         }};
        body.outcome = [](shared& all) {
            return std::to_string(all.seen_x.read()) + std::to_string(all.seen_y.read());
        };
        return body;
    };
    auto weak = buffering(std::memory_order_release, std::memory_order_acquire);
    (void)explore(weak);
    EXPECT_EQ((std::set<std::string>{"00", "01", "10", "11"}), weak.outcomes);
    auto strong = buffering(std::memory_order_seq_cst, std::memory_order_seq_cst);
    (void)explore(strong);
    EXPECT_EQ((std::set<std::string>{"01", "10", "11"}), strong.outcomes);
}

TEST(model_engine, a_deadlock_names_each_wait_and_its_holder) {
    struct shared { mutex left, right; };
    program<shared> body;
    body.threads = {[](shared& all) {
                         scoped_lock first(all.left);
                         scoped_lock second(all.right);
                     },
                     [](shared& all) {
                         scoped_lock first(all.right);
                         scoped_lock second(all.left);
                     }};
    explored const seen = explore(body);
    EXPECT_EQ("deadlock", seen.kind());
    EXPECT_NE(std::string::npos, seen.found->consequence.find("held by thread 1"));
    EXPECT_NE(std::string::npos, seen.found->consequence.find("held by thread 0"));
}

/// The lock of the thread that gives up is the last step, and the other one waits for it.
TEST(model_engine, an_assumption_that_fails_under_a_lock_leaves_the_other_order) {
    struct shared {
        mutex gate;
        plain<int> number{0};
    };
    program<shared> body;
    body.threads = {[](shared& all) {
                        scoped_lock held(all.gate);
                        assume(all.number.read() == 7);
                        RACEKIT_CHECK(false);
                    },
                    [](shared& all) {
                        scoped_lock held(all.gate);
                        all.number.write(7);
                    }};
    EXPECT_EQ("failed check", explore(body).kind());
}

TEST(model_engine, relocking_and_foreign_unlocks_are_reported) {
    struct shared { mutex gate; };
    program<shared> twice;
    twice.threads = {[](shared& all) {
        all.gate.lock();
        all.gate.lock();
    }};
    explored const stuck = explore(twice);
    EXPECT_EQ("deadlock", stuck.kind());
    EXPECT_NE(std::string::npos, stuck.found->consequence.find("which it holds itself"));
    program<shared> foreign;
    foreign.threads = {[](shared& all) { all.gate.lock(); },
                       [](shared& all) { all.gate.unlock(); }};
    EXPECT_EQ("lock misuse", explore(foreign).kind());
}

TEST(model_engine, a_condition_needs_a_loop) {
    struct shared {
        mutex gate;
        specification::condition_variable changed;
        plain<bool> ready{false};
    };
    auto const waiting = [](bool in_a_loop) {
        program<shared> body;
        body.threads = {[=](shared& all) {
                             unique_lock held(all.gate);
                             if (in_a_loop) {
                                 while (!all.ready.read()) all.changed.wait(held);
                             } else if (!all.ready.read()) {
                                 all.changed.wait(held);
                             }
                             RACEKIT_CHECK(all.ready.read());
                         },
                         [](shared& all) {
                             scoped_lock held(all.gate);
                             all.ready.write(true);
                             all.changed.notify_one();
                         }};
        return body;
    };
    auto racy = waiting(false);
    EXPECT_EQ("failed check", explore(racy).kind());  // a spurious wake-up
    auto fixed = waiting(true);
    EXPECT_EQ("", explore(fixed).kind());
}

TEST(model_engine, a_weak_compare_exchange_may_fail_spuriously) {
    program<counter> body;
    body.threads = {[](counter& all) {
        int expected = 0;
        RACEKIT_CHECK(all.number.compare_exchange_weak(expected, 1, relaxed));
    }};
    EXPECT_EQ("failed check", explore(body).kind());
    exploration_config strict;
    strict.spurious = 0;
    EXPECT_EQ("", explore(body, strict).kind());
}

TEST(model_engine, spinning_parks_until_something_changes) {
    struct shared {
        atomic<bool> held{false};
        plain<int> number{0};
    };
    program<shared> body;
    auto const use = [](shared& all) {
        while (all.held.exchange(true, std::memory_order_acquire)) spin_hint();
        all.number.write(all.number.read() + 1);
        all.held.store(false, std::memory_order_release);
    };
    body.threads = {use, use, use};
    body.last = [](shared& all) { RACEKIT_CHECK_EQUAL(3, all.number.read()); };
    explored const seen = explore(body);
    EXPECT_EQ("", seen.kind());
    EXPECT_LT(seen.executions, 200U);
}

TEST(model_engine, a_loop_without_a_hint_that_nobody_ends_is_a_deadlock) {
    struct shared { atomic<bool> set{false}; };
    program<shared> body;
    body.threads = {[](shared& all) {
        while (!all.set.load(relaxed)) {
        }
    }};
    explored const seen = explore(body);
    ASSERT_EQ("deadlock", seen.kind());
    ASSERT_EQ(1U, seen.found->places.size());
    EXPECT_EQ("thread 0 waits for %" + std::to_string(first_object) + "% to change",
              seen.found->places[0].role);
}

struct tagged {
    char kind;
    int number;
};

tagged made_over(unsigned char rest, char kind, int number) {
    tagged made;
    std::memset(static_cast<void*>(&made), rest, sizeof made);
    made.kind = kind;
    made.number = number;
    return made;
}

TEST(model_engine, a_compare_exchange_does_not_look_at_padding) {
    struct shared { atomic<tagged> word{made_over(0xff, 1, 2)}; };
    program<shared> body;
    body.threads = {[](shared& all) {
        tagged expected = made_over(0x11, 1, 2);
        RACEKIT_CHECK(all.word.compare_exchange_strong(expected, made_over(0x22, 3, 4)));
    }};
    EXPECT_EQ("", explore(body).kind());
    struct base { int left; };
    struct derived : base { char right; };
    EXPECT_EQ(to_word(derived{{1}, 2}).low & 0xffffffff, 1U);
}

TEST(model_engine, a_pointer_read_from_freed_memory_is_a_use_after_free) {
    struct node { int* value; };
    struct shared { atomic<node*> top{nullptr}; };
    program<shared> body;
    static int number;
    body.threads = {[](shared& all) {
                         node* const mine = new node{&number};
                         all.top.store(mine, std::memory_order_release);
                         all.top.store(nullptr, std::memory_order_release);
                         delete mine;
                     },
                     [](shared& all) {
                         node* const seen = all.top.load(std::memory_order_acquire);
                         if (seen != nullptr) ++*seen->value;
                     }};
    crash_guard const watching;
    explored const seen = explore(body);
    ASSERT_EQ("use after free", seen.kind());
    EXPECT_NE(std::string::npos, seen.found->consequence.find("freed memory"));
    program<shared> null;
    null.threads = {[](shared& all) { all.top.load(relaxed)->value = nullptr; }};
    explored const crash = explore(null);
    ASSERT_EQ("crash", crash.kind());
    EXPECT_NE(std::string::npos, crash.found->consequence.find("a null pointer"));
}

thread_local int calls_of_mine = 5;
thread_local std::vector<int> kept_by_me;

int call_of_mine() { return ++calls_of_mine; }

TEST(model_engine, thread_locals_are_each_threads_own) {
    struct shared { atomic<int> turn{0}; };
    program<shared> body;
    auto const use = [](shared& all) {
        RACEKIT_CHECK_EQUAL(6, call_of_mine());
        kept_by_me.push_back(1);
        (void)all.turn.fetch_add(1, relaxed);
        RACEKIT_CHECK_EQUAL(7, call_of_mine());
        (void)all.turn.fetch_add(1, relaxed);
        kept_by_me.push_back(2);
        RACEKIT_CHECK(kept_by_me == (std::vector<int>{1, 2}));
    };
    body.threads = {use, use};
    explored const seen = explore(body);
    EXPECT_EQ("", seen.kind()) << seen.found->consequence;
    EXPECT_EQ(6U, seen.executions);
    EXPECT_EQ(5, calls_of_mine) << "the explorer's own";
}

TEST(model_engine, a_thread_local_object_of_the_model_is_refused) {
    struct shared {};
    program<shared> body;
    auto const use = [](shared&) {
        static thread_local atomic<int> mine{0};
        mine.store(1, relaxed);
    };
    body.threads = {use, use};
    explored const seen = explore(body);
    ASSERT_EQ("test body error", seen.kind());
    EXPECT_NE(std::string::npos, seen.found->consequence.find("thread_local"));
}

TEST(model_engine, leaks_double_frees_and_exceptions_are_reported) {
    struct shared {};
    program<shared> leaky;
    [[maybe_unused]] static int* volatile lost = nullptr;
    leaky.threads = {[](shared&) { lost = new int[10]; }};
    EXPECT_EQ("leak", explore(leaky).kind());
    program<shared> twice;
    twice.threads = {[](shared&) {
        auto* const block = new char[100];
        auto* volatile again = block;
        delete[] block;
        delete[] again;
    }};
    EXPECT_EQ("double free", explore(twice).kind());
    program<shared> throwing;
    throwing.threads = {[](shared&) { throw std::runtime_error("out of paper"); }};
    explored const seen = explore(throwing);
    EXPECT_EQ("uncaught exception", seen.kind());
    EXPECT_NE(std::string::npos, seen.found->consequence.find("out of paper"));
}

TEST(model_engine, what_outlives_its_execution_is_reported) {
    struct shared { atomic<int> number{0}; };
    static std::vector<int>* kept = nullptr;
    kept = nullptr;
    program<shared> body;
    auto const use = [](shared& all) {
        all.number.fetch_add(1, relaxed);
        if (kept == nullptr) kept = new std::vector<int>(10);
    };
    body.threads = {use, use};
    EXPECT_EQ("leak", explore(body).kind());
    kept = nullptr;
}

TEST(model_engine, an_early_notification_is_a_lost_wake_up) {
    struct shared {
        mutex gate;
        specification::condition_variable changed;
    };
    program<shared> body;
    body.threads = {[](shared& all) {
                         unique_lock held(all.gate);
                         all.changed.wait(held);
                     },
                     [](shared& all) {
                         scoped_lock held(all.gate);
                         all.changed.notify_one();
                     }};
    EXPECT_EQ("lost wake-up", explore(body).kind());
}

TEST(model_engine, timed_waits_may_time_out) {
    struct shared {
        mutex gate;
        plain<bool> in_time{false};
    };
    program<shared> body;
    body.threads = {[](shared& all) { scoped_lock held(all.gate); },
                     [](shared& all) {
                         bool const taken = all.gate.try_lock_for(std::chrono::seconds(1));
                         all.in_time.write(taken);
                         if (taken) all.gate.unlock();
                     }};
    body.outcome = [](shared& all) { return std::string(all.in_time.read() ? "taken" : "late"); };
    EXPECT_EQ("", explore(body).kind());
    EXPECT_EQ((std::set<std::string>{"late", "taken"}), body.outcomes);
}

TEST(model_engine, a_mortal_process_dies_at_each_of_its_operations) {
    struct shared { atomic<int> steps{0}; };
    program<shared> body;
    body.threads = {[](shared& all) {
                         for (int turn = 0; turn < 3; ++turn) all.steps.fetch_add(1, relaxed);
                     },
                     [](shared&) {}};
    body.outcome = [](shared& all) { return std::to_string(all.steps.load()); };
    exploration_config config;
    config.mortal = 1;
    EXPECT_EQ("", explore(body, config).kind());
    EXPECT_EQ((std::set<std::string>{"0", "1", "2", "3"}), body.outcomes);
}

TEST(model_engine, a_robust_lock_survives_its_owner) {
    struct shared {
        specification::robust_mutex gate;
        plain<int> left{0}, right{0};
    };
    program<shared> body;
    auto const use = [](shared& all) {
        if (all.gate.lock() == lock_state::owner_died) {
            all.right.write(all.left.read());
            all.gate.mark_consistent();
        }
        RACEKIT_CHECK_EQUAL(all.left.read(), all.right.read());
        all.left.write(all.left.read() + 1);
        all.right.write(all.right.read() + 1);
        all.gate.unlock();
    };
    body.threads = {use, use};
    exploration_config config;
    config.mortal = 1;
    EXPECT_EQ("", explore(body, config).kind());
}

TEST(model_engine, threads_that_a_test_body_starts_are_joined) {
    struct shared { plain<int> number{0}; };
    program<shared> body;
    body.threads = {[](shared& all) {
        all.number.write(1);
        thread child([&all] { all.number.write(all.number.read() + 1); });
        child.join();
        RACEKIT_CHECK_EQUAL(2, all.number.read());
    }};
    exploration_config config;
    config.spawned = 1;
    EXPECT_EQ("", explore(body, config).kind());
    body.threads = {[](shared& all) {
        thread child([&all] { all.number.write(1); });
        (void)all.number.read();  // before the join
        child.join();
    }};
    EXPECT_EQ("data race", explore(body, config).kind());
    config.spawned = 0;
    EXPECT_EQ("test body error", explore(body, config).kind());
}

TEST(model_engine, a_thread_that_nobody_joins_or_detaches_is_a_leak) {
    struct shared { atomic<int> number{0}; };
    program<shared> body;
    exploration_config config;
    config.spawned = 1;
    body.threads = {[](shared& all) { thread child([&all] { all.number.fetch_add(1); }); }};
    EXPECT_EQ("thread leak", explore(body, config).kind());
    body.threads = {[](shared& all) {
        thread child([&all] { all.number.fetch_add(1); });
        child = thread();
    }};
    EXPECT_EQ("thread leak", explore(body, config).kind());
    body.threads = {[](shared& all) {
        thread child([&all] { all.number.fetch_add(1); });
        thread const other(std::move(child));
        (void)other;
    }};
    EXPECT_EQ("thread leak", explore(body, config).kind());
    body.threads = {[](shared& all) {
        thread child([&all] { all.number.fetch_add(1); });
        child.detach();
        child = thread();
    }};
    EXPECT_EQ("", explore(body, config).kind());
}

TEST(model_engine, a_reader_of_a_pipe_sees_the_end_when_all_writers_are_gone) {
    struct shared { byte_pipe pipe; };
    auto const reading = [](bool closes_its_own) {
        program<shared> body;
        body.threads = {[](shared& all) {
                             char const letter = 'x';
                             (void)all.pipe.writer.write_some(&letter, 1);
                             all.pipe.writer.close();
                         },
                         [=](shared& all) {
                             if (closes_its_own) all.pipe.writer.close();
                             char got = 0;
                             while (!all.pipe.reader.read_some(&got, 1).ended())
                                 RACEKIT_CHECK_EQUAL('x', got);
                         }};
        return body;
    };
    auto racy = reading(false);
    EXPECT_EQ("deadlock", explore(racy).kind());
    auto fixed = reading(true);
    EXPECT_EQ("", explore(fixed).kind());
}

TEST(model_engine, random_walks_repeat_by_seed) {
    auto const first_finding = [](std::uint64_t seed) {
        struct shared { mutex left, right; };
        program<shared> body;
        body.threads = {[](shared& all) { scoped_lock a(all.left); scoped_lock b(all.right); },
                         [](shared& all) { scoped_lock a(all.right); scoped_lock b(all.left); }};
        random_walk randomly(seed);
        return explore(body, randomly).executions;
    };
    EXPECT_EQ(first_finding(3), first_finding(3));
}

TEST(model_engine, a_process_ends_with_what_its_body_returns) {
    struct shared {};
    program<shared> body;
    body.threads = {[](shared&) {
        process returns([] { return 0x103; });
        process moved(std::move(returns));
        EXPECT_EQ(3, moved.join().code);
        EXPECT_EQ(3, moved.join().code) << "again";
        process falls_off([] {});
        EXPECT_TRUE(falls_off.join().clean());
    }};
    exploration_config config;
    config.spawned = 2;
    EXPECT_EQ("", explore(body, config).kind());
}

// As many steps as a test body may have are no livelock.
TEST(model_engine, long_threads_that_share_nothing_are_clean) {
    struct shared {
        atomic<int> cells[2];
    };
    auto const store_often = [](int self) {
        return [self](shared& all) {
            for (int each = 0; each < 1100; ++each) all.cells[self].store(each);
        };
    };
    program<shared> body;
    body.threads = {store_often(0), store_often(1)};
    explored const seen = explore(body);
    EXPECT_EQ("", seen.kind());
    EXPECT_EQ(1U, seen.executions);
}

// What the thread waits for may come, come too late, or never come.
TEST(model_engine, a_wait_with_a_deadline_gives_up) {
    struct shared {
        atomic<int> answer{0};
        atomic<int> given_up{0};
        int got = 0;
        bool answered = false;
    };
    program<shared> body;
    auto const ask = [](shared& all) {
        auto const is_one = [](int it) { return it == 1; };
        all.answered =
            await_until(all.answer, is_one, after(std::chrono::milliseconds(1)), all.got);
        if (!all.answered) all.given_up.store(1);
    };
    body.outcome = [](shared& all) { return (all.answered ? "y" : "n") + std::to_string(all.got); };
    body.threads = {ask,
                    [](shared& all) { (void)await(all.given_up, [](int it) { return it == 1; }); }};
    EXPECT_EQ("", explore(body).kind());
    EXPECT_EQ(std::set<std::string>{"n0"}, body.outcomes);
    body.outcomes.clear();
    body.threads[1] = [](shared& all) {
        all.answer.store(2);
        all.answer.store(1);
    };
    EXPECT_EQ("", explore(body).kind());
    EXPECT_EQ((std::set<std::string>{"n0", "n2", "y1"}), body.outcomes);
}

}  // namespace
