// SPDX-License-Identifier: MIT
// Loops that wait by spin_hint(): which of them go on, and when.
#include "program.hpp"

#include <racekit/lock/shared_mutex.hpp>
#include <racekit/platform/model/waiting.hpp>

#include <gtest/gtest.h>

#include <deque>

namespace {

using namespace racekit;
using namespace racekit::model;

constexpr auto relaxed = std::memory_order_relaxed;
constexpr auto acquire = std::memory_order_acquire;
constexpr auto release = std::memory_order_release;

// The reader's first load is old and its second is not: it need not wait, for the next iteration
// sees the same thing twice.
TEST(model_spin_loops, who_saw_a_change_within_a_turn_looks_again) {
    struct shared {
        atomic<unsigned> sequence{0};
        atomic<int> left{0}, right{0};

        bool read(int& one, int& other) {
            unsigned const before = sequence.load(acquire);
            one = left.load(relaxed);
            other = right.load(relaxed);
            racekit::atomic_thread_fence(acquire);
            return before % 2 == 0 && sequence.load(relaxed) == before;
        }
    };
    program<shared> body;
    body.threads = {[](shared& all) {
                         all.sequence.store(1, relaxed);
                         racekit::atomic_thread_fence(release);
                         all.left.store(7, relaxed);
                         all.right.store(7, relaxed);
                         all.sequence.store(2, release);
                     },
                     [](shared& all) {
                         int one = 0;
                         int other = 0;
                         while (!all.read(one, other)) spin_hint();
                         RACEKIT_CHECK_EQUAL(one, other);
                     }};
    explored const seen = explore(body);
    EXPECT_EQ("", seen.kind()) << seen.found->consequence;
    EXPECT_LT(seen.executions, 200U);
}

/// Two look by turns whether a third has put anything, and take it.
template <class Queue>
program<Queue> two_pollers(int items) {
    auto const take = [](Queue& all) {
        while (!all.try_take()) spin_hint();
    };
    program<Queue> body;
    body.threads = {take, take, [items](Queue& all) {
                         for (int each = 0; each < items; ++each) all.put();
                     }};
    return body;
}

struct under_a_mutex {
    specification::mutex gate;
    std::deque<int> items;  // not visible to the model

    bool try_take() {
        std::lock_guard const hold(gate);
        if (items.empty()) return false;
        items.pop_front();
        return true;
    }
    void put() {
        std::lock_guard const hold(gate);
        items.push_back(1);
    }
};

TEST(model_spin_loops, polling_under_a_lock_waits_for_a_change) {
    auto enough = two_pollers<under_a_mutex>(2);
    explored const seen = explore(enough);
    EXPECT_EQ("", seen.kind()) << seen.found->consequence;
    EXPECT_LT(seen.executions, 1000U);
    auto too_few = two_pollers<under_a_mutex>(1);
    explored const starved = explore(too_few);
    ASSERT_EQ("deadlock", starved.kind());
    EXPECT_NE(std::string::npos, starved.found->consequence.find("to change"));
}

// No thread sees the private changes of the other one: but it reads in between, and returns.
TEST(model_spin_loops, what_a_lock_guards_may_change_in_a_turn_that_goes_on) {
    struct shared {
        specification::mutex gate;
        int phase = 0;

        bool comes_to(int wanted) {
            std::lock_guard const hold(gate);
            if (phase != wanted - 1) return false;
            phase = wanted;
            return true;
        }
    };
    program<shared> body;
    body.threads = {[](shared& all) {
                         while (!all.comes_to(1)) spin_hint();
                         while (!all.comes_to(3)) spin_hint();
                     },
                     [](shared& all) {
                         while (!all.comes_to(2)) spin_hint();
                         while (!all.comes_to(4)) spin_hint();
                     }};
    explored const seen = explore(body);
    EXPECT_EQ("", seen.kind()) << seen.found->consequence;
}

TEST(model_spin_loops, polling_a_semaphore_waits_for_a_permit) {
    struct shared {
        specification::semaphore permits{0};
        plain<int> letter{0};
    };
    program<shared> body;
    body.threads = {[](shared& all) {
                         while (!all.permits.try_acquire()) spin_hint();
                         RACEKIT_CHECK_EQUAL(1, all.letter.read());
                     },
                     [](shared& all) {
                         all.letter.write(1);
                         all.permits.release();
                     }};
    EXPECT_EQ("", explore(body).kind());
}

TEST(model_spin_loops, trying_a_lock_waits_until_it_is_free) {
    struct shared {
        specification::shared_mutex gate;
        plain<int> count{0};
    };
    program<shared> body;
    auto const add = [](shared& all) {
        while (!all.gate.try_lock()) spin_hint();
        all.count.write(all.count.read() + 1);
        all.gate.unlock();
    };
    auto const look = [](shared& all) {
        while (!all.gate.try_lock_shared()) spin_hint();
        (void)all.count.read();
        all.gate.unlock_shared();
    };
    body.threads = {add, add, look};
    EXPECT_EQ("", explore(body).kind());
}

// Locked and unlocked, it has its old value.
struct under_a_lock_of_ones_own {
    atomic<bool> held{false};
    plain<int> items{0};

    template <class Act>
    bool config(Act act) {
        while (held.exchange(true, acquire)) spin_hint();
        bool const done = act(items);
        held.store(false, release);
        return done;
    }
    bool try_take() {
        return config([](plain<int>& all) {
            int const there = all.read();
            if (there > 0) all.write(there - 1);
            return there > 0;
        });
    }
    void put() {
        (void)config([](plain<int>& all) {
            all.write(all.read() + 1);
            return true;
        });
    }
};

TEST(model_spin_loops, two_who_poll_under_a_lock_of_their_own_do_not_wake_each_other) {
    auto body = two_pollers<under_a_lock_of_ones_own>(2);
    exhaustive goes_on(exhaustive::reduction::none);  // any enabled thread
    explored const seen = explore(body, goes_on, {}, 2000);
    EXPECT_EQ("", seen.kind()) << seen.found->consequence;
}

TEST(model_spin_loops, a_turn_may_look_at_many_things) {
    struct shared { atomic<int> marks[12]{}; };
    program<shared> body;
    body.threads = {[](shared& all) {
                         for (;;) {
                             bool complete = true;
                             for (auto& each : all.marks)
                                 complete = each.load(relaxed) == 1 && complete;
                             if (complete) return;
                             spin_hint();
                         }
                     },
                     [](shared& all) {
                         for (auto& each : all.marks) each.store(1, relaxed);
                     }};
    exhaustive goes_on(exhaustive::reduction::none);  // any enabled thread
    explored const seen = explore(body, goes_on, {}, 2000);
    EXPECT_EQ("", seen.kind()) << seen.found->consequence;
}

// Threads that leave the addresses of their locals with each other, as a queue of waiters does.
TEST(model_spin_loops, locals_have_the_same_addresses_in_the_next_search) {
    struct shared { atomic<int*> lent{nullptr}; };
    std::vector<std::string> seen[2];
    for (auto& each : seen) {
        program<shared> body;
        auto const lend = [](shared& all) {
            int mine = 0;
            (void)all.lent.exchange(&mine, relaxed);
        };
        body.threads = {lend, lend};
        exploration_config config;
        config.record = true;
        config.threads = 2;
        engine explorer(body, config);
        exhaustive all;
        for (row const& each_row : explorer.play(all, [](std::uint64_t) { return true; }).rows)
            each.push_back(each_row.action);
    }
    ASSERT_FALSE(seen[0].empty());
    EXPECT_EQ(seen[0], seen[1]);
}

}  // namespace
