// SPDX-License-Identifier: MIT
// Progress guarantees, declared and verified: obstruction-free, deadlock-free, wait-free.
#include <racekit/lock/spin_lock.hpp>
#include <racekit/platform.hpp>
#include <racekit/progress.hpp>
#include <racekit/queue/spsc_queue.hpp>

#include <racekit/detector.hpp>

#include <gtest/gtest.h>

namespace {

using namespace racekit;

TEST(model_progress, attempts_on_an_spsc_queue_are_obstruction_free) {
    struct queue : spsc_queue<int> {
        queue() : spsc_queue<int>(2) {}
    };
    progress<queue> check;
    check.thread([](auto& all) {
        (void)all.try_push(1);
        (void)all.try_push(2);
    });
    check.thread([](auto& all) {
        int got = 0;
        (void)all.try_pop(got);
        (void)all.try_pop(got);
    });
    progress_verdict const verdict = check({.solo_steps = 16});
    EXPECT_TRUE(verdict.obstruction_free) << verdict.text;
    EXPECT_TRUE(verdict.deadlock_free);
    EXPECT_TRUE(verdict.exhausted);
    EXPECT_GT(verdict.longest, 1U);
    EXPECT_LE(verdict.longest, 16U);
    EXPECT_GT(verdict.solo_runs, verdict.executions);
}

struct stack {
    struct node {
        atomic<node*> below{nullptr};
    };
    node nodes[2];
    atomic<node*> top{nullptr};

    void push(node& one) {
        node* seen = top.load(std::memory_order_relaxed);
        do {
            one.below.store(seen, std::memory_order_relaxed);
        } while (!top.compare_exchange_weak(seen, &one, std::memory_order_release,
                                            std::memory_order_relaxed));
    }
    void pop() {
        node* seen = top.load(std::memory_order_acquire);
        while (seen != nullptr &&
               !top.compare_exchange_weak(seen, seen->below.load(std::memory_order_relaxed),
                                          std::memory_order_acquire, std::memory_order_acquire)) {
        }
    }
};

TEST(model_progress, a_treiber_stack_is_obstruction_free_within_the_steps_it_takes) {
    progress<stack> check;
    for (int thread = 0; thread < 2; ++thread) {
        check.thread([thread](stack& all) {
            all.push(all.nodes[thread]);
            all.pop();
        });
    }
    progress_verdict const verdict = check({.solo_steps = 16, .spurious = 1});
    EXPECT_TRUE(verdict.obstruction_free) << verdict.text;
    EXPECT_TRUE(verdict.exhausted);
    progress_verdict const hasty = check({.solo_steps = verdict.longest - 1, .spurious = 1});
    EXPECT_FALSE(hasty.obstruction_free);
    EXPECT_NE(std::string::npos, hasty.text.find("is not done after")) << hasty.text;
    EXPECT_NE("", hasty.schedule);
}

struct guarded {
    spin_lock gate;
    plain<int> number{0};

    void add() {
        gate.lock();
        number.write(number.read() + 1);
        gate.unlock();
    }
};

TEST(model_progress, a_spin_lock_is_deadlock_free_and_no_more) {
    progress<guarded> check;
    check.thread([](guarded& all) { all.add(); });
    check.thread([](guarded& all) { all.add(); });
    progress_verdict const verdict = check({.solo_steps = 50});
    EXPECT_TRUE(verdict.deadlock_free) << verdict.text;
    EXPECT_FALSE(verdict.obstruction_free);
    EXPECT_NE(std::string::npos, verdict.text.find("waits for another one")) << verdict.text;
    EXPECT_NE("", verdict.schedule);
}

struct flag {
    atomic<int> raised{0};
};

/// Two threads that add under a spin lock, after some looks at something else.
progress_verdict adding_under_a_lock(int looks, bool tries, std::string_view schedule) {
    struct watched : guarded {
        atomic<int> other{0};
    };
    progress<watched> check;
    for (int thread = 0; thread < 2; ++thread) {
        check.thread([=](watched& all) {
            for (int look = 0; look < looks; ++look) (void)all.other.load();
            if (!tries) return all.add();
            if (all.gate.try_lock()) all.gate.unlock();
        });
    }
    return check({.solo_steps = 50, .schedule = schedule});
}

TEST(model_progress, a_finding_is_followed_by_its_schedule_and_looked_for_near_it) {
    progress_verdict const found = adding_under_a_lock(0, false, "");
    EXPECT_EQ(0U, found.schedule.find("0@3:1~")) << found.text;
    EXPECT_NE(std::string::npos, found.schedule.find(".not_obstruction-free")) << found.schedule;
    progress_verdict const same = adding_under_a_lock(0, false, found.schedule);
    EXPECT_EQ(found.text, same.text);
    EXPECT_TRUE(same.deadlock_free);
    EXPECT_FALSE(same.obstruction_free);
    EXPECT_EQ(1U, same.executions);

    progress_verdict const changed = adding_under_a_lock(3, false, found.schedule);
    EXPECT_FALSE(changed.obstruction_free);
    EXPECT_NE(std::string::npos, changed.text.find("came up again")) << changed.text;
    EXPECT_NE(std::string::npos, changed.text.find("moved by")) << changed.text;
    EXPECT_EQ(0U, changed.schedule.find("0@4:1~")) << changed.text;

    progress_verdict const corrected = adding_under_a_lock(0, true, found.schedule);
    EXPECT_TRUE(corrected.obstruction_free);
    EXPECT_NE(std::string::npos, corrected.text.find("did not come up again")) << corrected.text;

    progress<flag> other;
    other.thread([](flag& all) { all.raised.store(1); });
    EXPECT_THROW((void)other({.schedule = found.schedule}), usage_error);
    EXPECT_THROW((void)other({.schedule = "0@1:1"}), usage_error);
    EXPECT_THROW((void)other({.schedule = "default"}), usage_error);
    EXPECT_THROW((void)other({.schedule = "shopping list"}), usage_error);
}

TEST(model_progress, steps_are_those_of_one_thread_in_a_row_and_plain_accesses_are_none) {
    struct apart {
        atomic<int> words[2]{0, 0};
        plain<int> notes[2];
    };
    progress<apart> check;
    for (int thread = 0; thread < 2; ++thread) {
        check.thread([thread](apart& all) {
            for (int step = 0; step < 3; ++step) {
                all.notes[thread].write(step);
                all.words[thread].fetch_add(1);
            }
        });
    }
    EXPECT_TRUE(check({.solo_steps = 3}).obstruction_free);
    progress_verdict const found = check({.solo_steps = 2});
    EXPECT_FALSE(found.obstruction_free);
    EXPECT_EQ(0U, found.schedule.find("default~")) << found.text;
    EXPECT_FALSE(check({.solo_steps = 2, .schedule = found.schedule}).obstruction_free);
    EXPECT_TRUE(check({.solo_steps = 3, .schedule = found.schedule}).obstruction_free);
}

struct two_gates {
    spin_lock left, right;
};

TEST(model_progress, locks_in_opposite_order_are_not_even_that) {
    progress<two_gates> check;
    check.thread([](two_gates& all) {
        all.left.lock();
        all.right.lock();
        all.right.unlock();
        all.left.unlock();
    });
    check.thread([](two_gates& all) {
        all.right.lock();
        all.left.lock();
        all.left.unlock();
        all.right.unlock();
    });
    progress_verdict const verdict = check();
    EXPECT_FALSE(verdict.deadlock_free);
    EXPECT_EQ(0U, verdict.text.find("deadlock")) << verdict.text;
    EXPECT_EQ(0U, verdict.schedule.find("0@1:1~")) << verdict.schedule;
    progress_verdict const again = check({.schedule = verdict.schedule});
    EXPECT_FALSE(again.deadlock_free);
    EXPECT_EQ(verdict.text, again.text);
}

/// A loop without spin_hint(): alone it runs for ever.
TEST(model_progress, a_loop_that_waits_in_secret_is_not_obstruction_free) {
    progress<flag> check;
    check.thread([](flag& all) {
        for (int turn = 0; turn < 30 && all.raised.load(std::memory_order_acquire) == 0; ++turn) {
        }
    });
    check.thread([](flag& all) { all.raised.store(1, std::memory_order_release); });
    progress_verdict const verdict = check({.solo_steps = 20});
    EXPECT_TRUE(verdict.deadlock_free) << verdict.text;
    EXPECT_FALSE(verdict.obstruction_free);
    EXPECT_NE(std::string::npos, verdict.text.find("not done after 20 steps")) << verdict.text;
}

TEST(model_progress, who_is_beside_takes_part_and_is_not_judged) {
    progress<guarded> check;
    check.thread([](guarded& all) {
        if (all.gate.try_lock()) all.gate.unlock();
    });
    check.background([](guarded& all) { all.add(); });
    progress_verdict const verdict = check({.solo_steps = 3});
    EXPECT_TRUE(verdict.obstruction_free && verdict.exhausted) << verdict.text;
    EXPECT_EQ(3U, verdict.longest);
    EXPECT_EQ(3U, verdict.most);
}

struct number {
    atomic<int> now{0};

    void add_at_once() { now.fetch_add(1); }
    void add_if_nobody_else_does() {
        int seen = now.load();
        while (!now.compare_exchange_strong(seen, seen + 1)) {
        }
    }
};

TEST(model_progress, the_strongest_guarantee_is_reported) {
    progress<number> at_once;
    at_once.thread([](number& all) { all.add_at_once(); });
    at_once.background([](number& all) { all.add_at_once(); });
    EXPECT_EQ(progress_guarantee::wait_free, at_once.guarantee());
    progress<number> again;
    again.thread([](number& all) { all.add_if_nobody_else_does(); });
    again.background([](number& all) { all.add_if_nobody_else_does(); });
    EXPECT_EQ(progress_guarantee::lock_free, again.guarantee());
    progress<guarded> waiting;
    waiting.thread([](guarded& all) { all.add(); });
    waiting.background([](guarded& all) { all.add(); });
    EXPECT_EQ(progress_guarantee::deadlock_free, waiting.guarantee());
    progress<guarded> twice;
    twice.thread([](guarded& all) {
        all.gate.lock();
        all.add();
    });
    EXPECT_EQ(progress_guarantee::none, twice.guarantee());
}

TEST(model_progress, of_nobody_is_refused) {
    progress<flag> check;
    EXPECT_THROW((void)check(), std::invalid_argument);
    check.background([](flag&) {});
    EXPECT_THROW((void)check(), std::invalid_argument) << "no thread is judged";
}

}  // namespace
