// SPDX-License-Identifier: MIT
// barrier: cycles, numbers, the action, breaking, resetting, deadlines.
#include "../support/kernel_state.hpp"
#include "../support/thread_pool.hpp"

#include <racekit/lock/barrier.hpp>

#include <gtest/gtest.h>

#include <chrono>
#include <deque>
#include <stdexcept>

namespace {

using namespace std::chrono_literals;

TEST(barrier, all_see_what_all_did_in_every_cycle) {
    constexpr int parties = 3;
    constexpr int cycles = 1000;
    racekit::barrier meeting(parties);
    long brought[parties] = {};  // plain on purpose
    together(parties, [&](int self) {
        for (int cycle = 1; cycle <= cycles; ++cycle) {
            brought[self] = cycle;
            meeting.wait();
            for (long each : brought) ASSERT_EQ(each, cycle);
            meeting.wait();
        }
    });
    EXPECT_EQ(meeting.waiting(), 0U);
    EXPECT_EQ(meeting.parties(), 3U);
}

TEST(barrier, every_party_gets_a_number_of_its_own) {
    constexpr int parties = 3;
    constexpr int cycles = 500;
    racekit::barrier meeting(parties);
    std::atomic<int> given[cycles][parties] = {};
    together(parties, [&](int) {
        for (auto& cycle : given) ++cycle[meeting.wait()];
    });
    for (auto& cycle : given) {
        for (auto& number : cycle) ASSERT_EQ(number, 1);
    }
}

TEST(barrier, the_last_runs_the_action_before_anybody_goes_on) {
    constexpr int parties = 3;
    long brought[parties] = {};  // plain on purpose
    long sum = 0;
    racekit::barrier meeting(parties, [&] { sum = brought[0] + brought[1] + brought[2]; });
    together(parties, [&](int self) {
        for (int cycle = 1; cycle <= 300; ++cycle) {
            brought[self] = cycle;
            meeting.wait();
            ASSERT_EQ(sum, 3 * cycle);  // the action of the next cycle writes it after all came
            meeting.wait();
        }
    });
}

TEST(barrier, what_the_action_throws_breaks_it) {
    racekit::barrier meeting(2, [] { throw std::logic_error("no"); });
    std::atomic<int> thrown{0};
    std::atomic<int> broken{0};
    together(2, [&](int) {
        try {
            meeting.wait();
        } catch (std::logic_error const&) {
            ++thrown;
        } catch (racekit::broken_barrier const&) {
            ++broken;
        }
    });
    EXPECT_EQ(thrown, 1);
    EXPECT_EQ(broken, 1);
    EXPECT_TRUE(meeting.is_broken());
    EXPECT_THROW(meeting.wait(), racekit::broken_barrier);
}

TEST(barrier, a_deadline_that_passes_breaks_it_for_all) {
    racekit::barrier meeting(3);
    std::atomic<int> timed_out{0};
    std::atomic<int> broken{0};
    together(2, [&](int self) {
        try {
            if (self == 0) meeting.wait_for(20ms);
            else meeting.wait();
        } catch (racekit::barrier_timed_out const&) {
            ++timed_out;
        } catch (racekit::broken_barrier const&) {
            ++broken;
        }
    });
    EXPECT_EQ(timed_out, 1);
    EXPECT_EQ(broken, 1);
    EXPECT_TRUE(meeting.is_broken());
    EXPECT_EQ(meeting.waiting(), 0U);
    EXPECT_THROW(meeting.wait_for(-1s), racekit::broken_barrier);
}

TEST(barrier, abort_breaks_it_until_reset) {
    racekit::barrier meeting(2);
    test::watched_thread waits([&] { EXPECT_THROW(meeting.wait(), racekit::broken_barrier); });
    waits.await_sleep();
    EXPECT_EQ(meeting.waiting(), 1U);
    meeting.abort();
    waits.join();
    EXPECT_TRUE(meeting.is_broken());
    EXPECT_THROW(meeting.wait(), racekit::broken_barrier);
    meeting.reset();
    EXPECT_FALSE(meeting.is_broken());
    together(2, [&](int) { meeting.wait(); });
}

TEST(barrier, reset_turns_away_waiters_and_admits_later_threads) {
    racekit::barrier meeting(2);
    std::thread waits([&] { EXPECT_THROW(meeting.wait(), racekit::broken_barrier); });
    while (meeting.waiting() == 0) std::this_thread::sleep_for(1ms);
    meeting.reset();
    together(2, [&](int) { EXPECT_NO_THROW(meeting.wait_for(60s)); });
    waits.join();
    EXPECT_FALSE(meeting.is_broken());
}

TEST(barrier, more_threads_than_parties_meet_in_whole_cycles) {
    racekit::barrier meeting(2);
    std::atomic<int> zeros{0};
    std::atomic<int> ones{0};
    // Not a fixed number of rounds each: the last thread would wait for no other one.
    together(4, [&](int) {
        try {
            while (zeros + ones < 2000) ++(meeting.wait() == 0 ? zeros : ones);
            meeting.abort();
        } catch (racekit::broken_barrier const&) {
        }
    });
    EXPECT_EQ(zeros, ones);
    EXPECT_GE(zeros, 1000);
}

TEST(barrier, an_arrival_during_the_action_waits_for_the_next_cycle) {
    std::atomic<bool> acting{false};
    std::atomic<bool> finish{false};
    racekit::barrier meeting(1, [&] {
        acting = true;
        while (!finish) std::this_thread::sleep_for(1ms);
    });
    std::thread first([&] { meeting.wait(); });
    while (!acting) std::this_thread::sleep_for(1ms);
    EXPECT_THROW(meeting.wait_for(10ms), racekit::barrier_timed_out);
    EXPECT_FALSE(meeting.is_broken());
    finish = true;
    EXPECT_EQ(meeting.wait_for(60s), 0U);
    first.join();
}

TEST(barrier, sleepers_are_woken) {
    racekit::barrier meeting(3);
    std::deque<test::watched_thread> waiting;
    for (int i = 0; i < 2; ++i) waiting.emplace_back([&] { meeting.wait(); });
    for (auto& each : waiting) each.await_sleep();
    EXPECT_EQ(meeting.waiting(), 2U);
    EXPECT_EQ(meeting.wait(), 2U);
    for (auto& each : waiting) each.join();
}

TEST(barrier, of_one_never_waits_and_of_none_is_an_error) {
    racekit::barrier alone(1);
    EXPECT_EQ(alone.wait(), 0U);
    EXPECT_EQ(alone.wait_for(-1s), 0U);
    EXPECT_THROW(racekit::barrier(0), racekit::bad_count);
    EXPECT_THROW(racekit::barrier(racekit::barrier::max() + 1), racekit::bad_count);
}

}  // namespace
