// SPDX-License-Identifier: MIT
// Semaphores, events, conditions and barriers that processes share.
#include "../support/both_ways.hpp"

#include <racekit/platform.hpp>
#include <racekit/shared/anonymous_semaphore.hpp>
#include <racekit/shared/robust_barrier.hpp>
#include <racekit/shared/robust_condition.hpp>
#include <racekit/shared/robust_event.hpp>
#include <racekit/shared/robust_semaphore.hpp>

#include <gtest/gtest.h>

#include <chrono>
#include <csignal>
#include <unistd.h>

namespace {

using namespace std::chrono_literals;
using racekit::after;
using racekit::process;

template <class Way>
class robust_waiting : public testing::Test {};
TYPED_TEST_SUITE(robust_waiting, test::both_ways);

/// A party that comes to the barrier and is sent away.
auto turned_away(test::shared_test<racekit::robust_barrier<2>>& meeting) {
    return [&meeting] {
        try {
            (void)meeting->wait();
            meeting.check(false);
        } catch (racekit::broken_barrier const&) {
        }
    };
}

/// Runs `work` in a process that then kills itself.
template <class Work>
void die_after(Work work) {
    process victim([&] {
        work();
        ::raise(SIGKILL);
    });
    (void)victim.join();
}

TYPED_TEST(robust_waiting, a_semaphore_lets_so_many_in) {
    struct all {
        racekit::robust_semaphore permits{2};
        racekit::atomic<int> inside{0};
        racekit::atomic<int> most{0};
    };
    test::shared_test<all> shared;
    auto const work = [&] {
        for (int round = 0; round < 500; ++round) {
            shared->permits.acquire();
            int const now = shared->inside.fetch_add(1) + 1;
            shared.check(now <= 2);
            shared->inside.fetch_sub(1);
            shared->permits.release();
        }
    };
    {
        TypeParam one(work);
        TypeParam two(work);
        TypeParam three(work);
    }
    EXPECT_EQ(shared->permits.value(), 2);
}

TYPED_TEST(robust_waiting, a_semaphore_hands_a_turn_over) {
    test::shared_test<racekit::anonymous_semaphore> turn(0);
    TypeParam other([&] { turn->acquire(); });
    other.await_sleep();
    turn->release();
    other.join();
    EXPECT_FALSE(turn->try_acquire());
    EXPECT_FALSE(turn->try_acquire_for(20ms));
}

TYPED_TEST(robust_waiting, an_anonymous_semaphore_loses_no_permit) {
    test::shared_test<racekit::anonymous_semaphore> items(1);
    auto const work = [&] {
        for (int round = 0; round < 2'000; ++round) {
            items->acquire();
            items->release();
        }
    };
    {
        TypeParam one(work);
        TypeParam other(work);
    }
    EXPECT_EQ(items->value(), 1);
    EXPECT_THROW(items->release(racekit::anonymous_semaphore::max()), racekit::released_too_often);
    EXPECT_THROW(items->release(-1), racekit::bad_count);
    EXPECT_THROW(racekit::anonymous_semaphore(-1), racekit::bad_count);
}

TEST(robust_semaphore, gets_the_permits_of_the_dead_back) {
    racekit::shared_object<racekit::robust_semaphore> permits(2);
    die_after([&] { permits->acquire(), permits->acquire(); });
    EXPECT_EQ(permits->value(), 0);
    EXPECT_TRUE(permits->try_acquire());
    EXPECT_EQ(permits->value(), 1);
    die_after([&] { permits->acquire(); });
    permits->release();
    EXPECT_EQ(permits->recover(), 1);
    EXPECT_EQ(permits->value(), 2);
}

TEST(robust_semaphore, keeps_what_the_dead_have_given) {
    racekit::shared_object<racekit::robust_semaphore> permits(0);
    die_after([&] { permits->release(3); });
    EXPECT_EQ(permits->recover(), 0);
    EXPECT_EQ(permits->value(), 3);
}

TEST(robust_semaphore, refuses_counts_that_cannot_be) {
    EXPECT_THROW(racekit::robust_semaphore(-1), racekit::bad_count);
    racekit::shared_object<racekit::robust_semaphore> permits(racekit::robust_semaphore::max());
    EXPECT_THROW(permits->release(), racekit::released_too_often);
    EXPECT_THROW(permits->release(-1), racekit::bad_count);
    EXPECT_EQ(permits->value(), racekit::robust_semaphore::max());
}

TEST(robust_bounded_semaphore, takes_back_what_a_process_holds_and_no_more) {
    racekit::shared_object<racekit::robust_bounded_semaphore> permits(2);
    EXPECT_THROW(permits->release(), racekit::released_too_often);
    permits->acquire();
    EXPECT_THROW(permits->release(2), racekit::released_too_often);
    EXPECT_EQ(permits->value(), 1);
    process other([&] {
        try {
            permits->release();
        } catch (racekit::released_too_often const&) {
            return 0;
        }
        return 1;
    });
    EXPECT_EQ(other.join().code, 0) << "another process holds none";
    permits->release();
    EXPECT_EQ(permits->value(), 2);
}

TYPED_TEST(robust_waiting, an_event_lets_all_through) {
    test::shared_test<racekit::robust_event> gate;
    auto const work = [&] { gate->wait(); };
    TypeParam one(work);
    TypeParam other(work);
    one.await_sleep();
    other.await_sleep();
    gate->set();
    one.join();
    other.join();
    EXPECT_TRUE(gate->is_set());
    gate->clear();
    EXPECT_FALSE(gate->wait_for(10ms));
    gate->set();
    gate->set();
    EXPECT_TRUE(gate->wait_for(-1s));
}

TYPED_TEST(robust_waiting, a_pulse_lets_sleepers_through) {
    for (int round = 0; round < 5; ++round) {
        test::shared_test<racekit::robust_event> gate;
        TypeParam one([&] { gate->wait(); });
        one.await_sleep();
        gate->set();
        gate->clear();
        one.join();
        EXPECT_FALSE(gate->is_set());
    }
}

TEST(robust_event, forgets_dead_waiters) {
    racekit::shared_object<racekit::robust_event> gate;
    process waiter([&] { gate->wait(); });
    test::await_sleep(waiter.id().number);
    waiter.kill();
    (void)waiter.join();
    gate->set();
    gate->wait();
}

TYPED_TEST(robust_waiting, a_condition_carries_items) {
    struct all {
        racekit::robust_mutex gate;
        racekit::robust_condition changed;
        racekit::plain<int> items{0};
    };
    test::shared_test<all> shared;
    auto const consume = [&] {
        for (int round = 0; round < 500; ++round) {
            (void)shared->gate.lock();
            shared->changed.wait(shared->gate, [] {}, [&] { return shared->items.read() > 0; });
            shared->items.write(shared->items.read() - 1);
            shared->gate.unlock();
        }
    };
    {
        TypeParam one(consume);
        TypeParam other(consume);
        for (int round = 0; round < 1000; ++round) {
            (void)shared->gate.lock();
            shared->items.write(shared->items.read() + 1);
            shared->gate.unlock();
            shared->changed.notify_one();
        }
    }
    EXPECT_EQ(shared->items.read(), 0);
}

TEST(robust_condition, has_a_limit_and_holds_the_lock_after_it) {
    struct all {
        racekit::robust_mutex gate;
        racekit::robust_condition changed;
    };
    racekit::shared_object<all> shared;
    auto const never_so = [] { return false; };
    EXPECT_THROW(shared->changed.wait(shared->gate, [] {}, never_so), std::system_error);
    (void)shared->gate.lock();
    EXPECT_FALSE(shared->changed.wait_until(shared->gate, after(20ms), [] {}, never_so));
    EXPECT_FALSE(shared->changed.wait_until(shared->gate, after(-1s), [] {}, never_so));
    shared->gate.unlock();
}

TEST(robust_condition, survives_waiters_that_die) {
    struct all {
        racekit::robust_mutex gate;
        racekit::robust_condition changed;
        racekit::plain<int> is_so{0};
    };
    racekit::shared_object<all> shared;
    auto const wait = [&] {
        (void)shared->gate.lock();
        shared->changed.wait(shared->gate, [] {}, [&] { return shared->is_so.read() == 1; });
        shared->gate.unlock();
    };
    process dead(wait);
    process waiter(wait);
    test::await_sleep(dead.id().number);
    test::await_sleep(waiter.id().number);
    dead.kill();
    (void)dead.join();
    (void)shared->gate.lock();
    shared->is_so.write(1);
    shared->gate.unlock();
    shared->changed.notify_one();
    shared->changed.notify_all();
    racekit::exit_status how;
    ASSERT_TRUE(waiter.join_until(after(60s), how));
    EXPECT_TRUE(how.clean());
}

TEST(robust_condition, repairs_after_an_owner_that_died) {
    struct all {
        racekit::robust_mutex gate;
        racekit::robust_condition changed;
        racekit::plain<int> repaired{0};
    };
    racekit::shared_object<all> shared;
    process waiter([&] {
        (void)shared->gate.lock();
        shared->changed.wait(
            shared->gate, [&] { shared->repaired.write(1); },
            [&] { return shared->repaired.read() == 1; });
        shared->gate.unlock();
    });
    test::await_sleep(waiter.id().number);
    die_after([&] { (void)shared->gate.lock(); });
    racekit::exit_status how;
    ASSERT_TRUE(waiter.join_until(after(60s), how)) << "the waiter looks again by itself";
    EXPECT_TRUE(how.clean());
}

TYPED_TEST(robust_waiting, a_barrier_keeps_rounds_apart) {
    struct all {
        racekit::robust_barrier<3> meeting;
        racekit::atomic<int> count{0};
        racekit::atomic<int> numbers{0};
    };
    test::shared_test<all> shared;
    auto const work = [&] {
        for (int round = 0; round < 100; ++round) {
            shared->count.fetch_add(1);
            shared->numbers.fetch_add(static_cast<int>(shared->meeting.wait()));
            shared.check(shared->count.load() >= 3 * (round + 1));
            (void)shared->meeting.wait();
        }
    };
    {
        TypeParam one(work);
        TypeParam two(work);
        TypeParam three(work);
    }
    EXPECT_EQ(shared->numbers.load(), 100 * (0 + 1 + 2));
}

TYPED_TEST(robust_waiting, a_barrier_breaks_for_all_and_is_made_whole) {
    test::shared_test<racekit::robust_barrier<2>> meeting;
    TypeParam other(turned_away(meeting));
    other.await_sleep();
    EXPECT_EQ(meeting->waiting(), 1U);
    meeting->abort();
    other.join();
    EXPECT_TRUE(meeting->broken());
    EXPECT_THROW((void)meeting->wait(), racekit::broken_barrier);
    meeting->reset();
    EXPECT_THROW((void)meeting->wait_until(after(20ms)), racekit::barrier_timed_out);
    EXPECT_TRUE(meeting->broken());
    meeting->reset();
    TypeParam again([&] { (void)meeting->wait(); });
    (void)meeting->wait();
}

TYPED_TEST(robust_waiting, a_reset_sends_those_that_wait_away) {
    test::shared_test<racekit::robust_barrier<2>> meeting;
    TypeParam other(turned_away(meeting));
    other.await_sleep();
    EXPECT_EQ(meeting->waiting(), 1U);
    meeting->reset();
    other.join();
    EXPECT_FALSE(meeting->broken());
    EXPECT_EQ(meeting->waiting(), 0U);
}

TEST(robust_barrier, tells_of_a_party_that_died) {
    racekit::shared_object<racekit::robust_barrier<2>> meeting;
    process party([&] {
        (void)meeting->wait();
        for (;;) ::pause();
    });
    (void)meeting->wait();
    party.kill();
    (void)party.join();
    EXPECT_THROW((void)meeting->wait_until(after(60s)), racekit::broken_barrier);
    meeting->reset();
    die_after([&] { meeting->join(); });
    EXPECT_THROW((void)meeting->wait_until(after(60s)), racekit::broken_barrier);
}

}  // namespace
