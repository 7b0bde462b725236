// SPDX-License-Identifier: MIT
// event_loop: order of calls, timers, other threads, stop, close.
#include "../support/kernel_state.hpp"
#include "../support/thread_pool.hpp"
#include "reports.hpp"

#include <racekit/task/event_loop.hpp>

#include <gtest/gtest.h>

#include <memory>
#include <stdexcept>
#include <string>
#include <thread>

namespace {

using namespace std::chrono_literals;
using racekit::event_loop;
using racekit::task;

TEST(event_loop, makes_calls_in_order_and_those_of_a_turn_later) {
    event_loop loop;
    std::string order;
    loop.call_soon([&] {
        order += 'a';
        loop.call_soon([&] { order += 'c'; });
        loop.call_soon([&] { loop.stop(); });
    });
    loop.call_soon([&] { order += 'b'; });
    EXPECT_EQ(order, "") << "before the loop runs";
    loop.run_forever();
    EXPECT_EQ(order, "abc");
}

TEST(event_loop, calls_of_other_threads_come_behind_those_that_are_queued) {
    event_loop loop;
    std::string order;
    loop.call_soon([&] { order += 'x'; });
    std::thread([&] {
        loop.call_soon_threadsafe([&] { order += 'a'; });
        loop.call_soon_threadsafe([&] { order += 'b'; });
        loop.stop();
    }).join();
    loop.run_forever();
    EXPECT_EQ(order, "xab");
}

TEST(event_loop, a_call_may_hold_what_can_only_be_moved) {
    event_loop loop;
    auto number = std::make_unique<int>(7);
    int seen = 0;
    struct large {
        char bytes[200] = {};
    } padding;
    loop.call_soon(
        [&seen, padding, number = std::move(number)] { seen = *number + padding.bytes[199]; });
    loop.stop();
    loop.run_forever();
    EXPECT_EQ(seen, 7);
}

TEST(event_loop, timers_come_in_the_order_of_their_deadlines) {
    event_loop loop;
    std::string order;
    auto const now = racekit::clock::now();
    loop.call_at(now + 3ms, [&] {
        order += 'c';
        loop.stop();
    });
    loop.call_at(now + 1ms, [&] { order += 'a'; });
    loop.call_at(now + 1ms, [&] { order += 'b'; });
    auto const dropped = loop.call_at(now + 2ms, [&] { order += 'x'; });
    EXPECT_TRUE(loop.cancel(dropped));
    EXPECT_FALSE(loop.cancel(dropped)) << "it is not there any more";
    loop.run_forever();
    EXPECT_EQ(order, "abc");
    EXPECT_GE(racekit::clock::now(), now + 3ms);
}

TEST(event_loop, a_negative_delay_is_due_at_once) {
    event_loop loop;
    loop.call_later(-5h, [&] { loop.stop(); });
    loop.run_forever();
}

TEST(event_loop, other_threads_wake_a_loop_that_sleeps) {
    event_loop loop;
    long sum = 0;  // plain on purpose: TSan reports a loop that does not order
    test::watched_thread runner([&] { loop.run_forever(); });
    runner.await_sleep();
    together(3, [&](int self) {
        for (int each = 0; each < 1000; ++each)
            loop.call_soon_threadsafe([&, self] { sum += self; });
    });
    loop.stop();
    runner.join();
    EXPECT_EQ(sum, 3000);
}

TEST(event_loop, calls_of_one_thread_come_before_its_stop) {
    event_loop loop;
    int made = 0;
    std::thread other([&] {
        for (int each = 0; each < 100; ++each) loop.call_soon_threadsafe([&] { ++made; });
        loop.stop();
    });
    loop.run_forever();
    other.join();
    EXPECT_EQ(made, 100);
}

TEST(event_loop, stop_before_a_run_ends_it_after_one_turn) {
    event_loop loop;
    int made = 0;
    loop.stop();
    loop.call_soon([&] {
        ++made;
        loop.call_soon([&] { ++made; });
    });
    loop.run_forever();
    EXPECT_EQ(made, 1);
    loop.stop();
    loop.run_forever();
    EXPECT_EQ(made, 2) << "the call was kept";
}

TEST(event_loop, a_call_that_throws_ends_the_run_and_loses_nothing) {
    event_loop loop;
    std::string order;
    loop.call_soon([] { throw std::runtime_error("wrong"); });
    loop.call_soon([&] { order += 'a'; });
    EXPECT_THROW(loop.run_forever(), std::runtime_error);
    EXPECT_FALSE(loop.is_running());
    loop.call_soon([&] {
        order += 'b';
        loop.stop();
    });
    loop.run_forever();
    EXPECT_EQ(order, "ab");
}

TEST(event_loop, is_not_run_or_closed_within_itself) {
    event_loop loop;
    loop.call_soon([&] {
        EXPECT_TRUE(loop.is_running());
        EXPECT_THROW(loop.run_forever(), racekit::loop_is_running);
        EXPECT_THROW(loop.close(), racekit::loop_is_running);
        loop.stop();
    });
    loop.run_forever();
}

TEST(event_loop, use_after_close_is_an_error) {
    event_loop loop;
    EXPECT_TRUE(loop.close().none());
    EXPECT_TRUE(loop.is_closed());
    EXPECT_THROW(loop.call_soon([] {}), racekit::loop_closed);
    EXPECT_THROW(loop.call_later(1s, [] {}), racekit::loop_closed);
    EXPECT_THROW(loop.call_soon_threadsafe([] {}), racekit::loop_closed);
    EXPECT_THROW(loop.run_forever(), racekit::loop_closed);
    EXPECT_THROW(loop.stop(), racekit::loop_closed);
    EXPECT_TRUE(loop.close().none()) << "again";
}

task<> sleeps(event_loop& loop) { co_await loop.sleep_for(1h); }

TEST(event_loop, close_counts_and_reports_what_is_left) {
    reports seen;
    event_loop loop;
    auto const kept = std::make_shared<int>(1);
    auto const future = loop.spawn(sleeps(loop));
    loop.stop();
    loop.run_forever();
    loop.call_soon([kept] {});
    loop.call_soon_threadsafe([kept] {});
    loop.call_later(1h, [kept] {});
    auto const left = loop.close();
    EXPECT_EQ(left.calls, 2U);
    EXPECT_EQ(left.timers, 2U);
    EXPECT_EQ(left.tasks, 1U);
    EXPECT_EQ(kept.use_count(), 1) << "the calls were destroyed";
    EXPECT_THROW(future.result(), racekit::future_abandoned);
    ASSERT_EQ(seen.texts().size(), 1U);
    EXPECT_NE(seen.texts()[0].find("calls: 2, timers: 2, tasks: 1"), std::string::npos)
        << seen.texts()[0];
}

TEST(event_loop, destruction_closes_and_reports) {
    reports seen;
    {
        event_loop loop;
        loop.call_soon([] {});
    }
    EXPECT_EQ(seen.texts().size(), 1U);
}

// The call ends the life of the loop while the other thread may still be inside
// call_soon_threadsafe().
TEST(event_loop, may_be_destroyed_by_the_thread_that_runs_it_after_the_last_call) {
    for (int round = 0; round < 300; ++round) {
        auto loop = std::make_unique<event_loop>();
        event_loop& same = *loop;
        std::thread other([&same] { same.stop(); });
        loop->run_forever();
        loop.reset();
        other.join();
    }
}

}  // namespace
