// SPDX-License-Identifier: MIT
// task and gather: laziness, results, errors, cancellation, several at a time.
#include "reports.hpp"

#include <racekit/task/event_loop.hpp>
#include <racekit/task/gather.hpp>

#include <gtest/gtest.h>

#include <memory>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace {

using namespace std::chrono_literals;
using racekit::event_loop;
using racekit::future;
using racekit::future_source;
using racekit::task;
using racekit::task_cancelled;

task<int> noted(std::string& order, char letter, int result) {
    order += letter;
    co_return result;
}

TEST(task, does_not_run_before_it_is_awaited) {
    event_loop loop;
    std::string order;
    auto const outer = [](std::string& to) -> task<int> {
        auto inner = noted(to, 'b', 1);
        to += 'a';
        co_return co_await std::move(inner) + 1;
    };
    auto whole = outer(order);
    EXPECT_EQ(order, "");
    EXPECT_EQ(loop.run_until_complete(std::move(whole)), 2);
    EXPECT_EQ(order, "ab");
}

task<> in_two_steps(event_loop& loop, std::string& order, char letter) {
    order += letter;
    co_await loop.turn();
    order += letter;
}

TEST(task, two_awaits_do_not_overlap_and_a_gather_does) {
    event_loop loop;
    std::string order;
    auto const one_by_one = [](event_loop& in, std::string& to) -> task<> {
        co_await in_two_steps(in, to, 'a');
        co_await in_two_steps(in, to, 'b');
    };
    loop.run_until_complete(one_by_one(loop, order));
    EXPECT_EQ(order, "aabb");
    order.clear();
    loop.run_until_complete(
        racekit::gather(loop, in_two_steps(loop, order, 'a'), in_two_steps(loop, order, 'b')));
    EXPECT_EQ(order, "abab");
}

TEST(task, gives_what_can_only_be_moved) {
    event_loop loop;
    auto const make = []() -> task<std::unique_ptr<int>> { co_return std::make_unique<int>(7); };
    auto const pass = [](auto inner) -> task<std::unique_ptr<int>> { co_return co_await inner(); };
    EXPECT_EQ(*loop.run_until_complete(pass(make)), 7);
}

task<int> fails(event_loop& loop, std::string text) {
    co_await loop.turn();
    throw std::runtime_error(text);
}

TEST(task, throws_its_error_where_it_is_awaited) {
    event_loop loop;
    auto const outer = [](event_loop& in) -> task<std::string> {
        try {
            (void)co_await fails(in, "deep");
        } catch (std::runtime_error const& error) {
            co_return error.what();
        }
        co_return "nothing";
    };
    EXPECT_EQ(loop.run_until_complete(outer(loop)), "deep");
    EXPECT_THROW((void)loop.run_until_complete(fails(loop, "x")), std::runtime_error);
}

// A chain of a thousand frames; and with Clang, or optimised, a loop of awaits that never suspend
// takes no stack.
TEST(task, deep_and_long_chains_end) {
    event_loop loop;
    struct chain {
        static task<int> of(int depth) {
            if (depth == 0) co_return 0;
            co_return co_await of(depth - 1) + 1;
        }
    };
    EXPECT_EQ(loop.run_until_complete(chain::of(1000)), 1000);
#if defined(__clang__) || defined(__OPTIMIZE__)
    auto const many = []() -> task<int> {
        int sum = 0;
        for (int each = 0; each < 200'000; ++each) sum += co_await chain::of(0) + 1;
        co_return sum;
    };
    EXPECT_EQ(loop.run_until_complete(many()), 200'000);
#endif
}

struct refuses_to_move {
    refuses_to_move() = default;
    refuses_to_move(refuses_to_move&& other) : moves_left(other.moves_left - 1) {
        if (moves_left < 0) throw std::logic_error("it cannot be moved again");
    }
    int moves_left = 1;  // from the caller to the task
};

TEST(task, a_value_that_cannot_be_moved_is_an_error) {
    event_loop loop;
    auto const make = []() -> task<refuses_to_move> { co_return refuses_to_move(); };
    EXPECT_THROW((void)loop.run_until_complete(make()), std::logic_error);
}

TEST(task, is_not_begun_by_a_run_within_a_run) {
    event_loop loop;
    std::string order;
    reports seen;
    loop.call_soon([&] {
        EXPECT_THROW((void)loop.run_until_complete(noted(order, 'a', 1)), racekit::loop_is_running);
        loop.stop();
    });
    loop.run_forever();
    loop.stop();
    loop.run_forever();
    EXPECT_EQ(order, "");
    EXPECT_EQ(seen.texts().size(), 1U);
}

TEST(task, one_that_is_never_awaited_is_reported) {
    reports seen;
    std::string order;
    {
        auto forgotten = noted(order, 'a', 1);
    }
    EXPECT_EQ(order, "");
    ASSERT_EQ(seen.texts().size(), 1U);
    EXPECT_NE(seen.texts()[0].find("task_test.cpp"), std::string::npos) << seen.texts()[0];
    EXPECT_NE(seen.texts()[0].find("noted"), std::string::npos) << seen.texts()[0];
}

TEST(task, is_awaited_once) {
    event_loop loop;
    std::string order;
    auto once = noted(order, 'a', 1);
    auto moved = std::move(once);
    EXPECT_THROW((void)loop.run_until_complete(std::move(once)), racekit::task_is_empty);
    EXPECT_EQ(loop.run_until_complete(std::move(moved)), 1);
    EXPECT_EQ(order, "a");
}

TEST(task, stop_leaves_it_in_the_loop) {
    event_loop loop;
    std::string order;
    auto const two = loop.spawn(in_two_steps(loop, order, 'a'));
    loop.stop();
    EXPECT_THROW(loop.run_until_complete(two), racekit::loop_stopped);
    EXPECT_EQ(order, "a");
    loop.run_until_complete(two);
    EXPECT_EQ(order, "aa");
}

TEST(task, in_a_closed_loop_is_an_error) {
    event_loop loop;
    (void)loop.close();
    std::string order;
    reports seen;
    EXPECT_THROW((void)loop.spawn(noted(order, 'a', 1)), racekit::loop_closed);
    EXPECT_EQ(seen.texts().size(), 1U) << "and the task has not run";
}

TEST(task, a_run_that_an_error_ended_does_not_end_the_next_one) {
    event_loop loop;
    std::string order;
    racekit::future_source<> source(loop);
    loop.call_soon([&] { source.set_value(); });
    loop.call_soon([&] { loop.call_soon([&] { throw std::runtime_error("wrong"); }); });
    EXPECT_THROW(loop.run_until_complete(source.future()), std::runtime_error);
    loop.run_until_complete(in_two_steps(loop, order, 'a'));
    EXPECT_EQ(order, "aa");
}

// ---- cancellation ----------------------------------------------------------------------------

task<> notes_cancellation(event_loop& loop, std::string& order) {
    order += 'a';
    try {
        co_await loop.sleep_for(1h);
        order += 'x';
    } catch (task_cancelled const&) {
        order += 'c';
        throw;
    }
}

void run_one_turn(event_loop& loop) {
    loop.stop();
    loop.run_forever();
}

TEST(cancellation, comes_at_the_innermost_await) {
    event_loop loop;
    std::string order;
    auto const outer = [](event_loop& in, std::string& to) -> task<> {
        co_await notes_cancellation(in, to);
        to += 'x';
    };
    auto running = loop.spawn(outer(loop, order));
    run_one_turn(loop);
    EXPECT_TRUE(running.cancel());
    EXPECT_THROW(loop.run_until_complete(running), task_cancelled);
    EXPECT_EQ(order, "ac");
    EXPECT_FALSE(running.cancel()) << "it is done";
    EXPECT_TRUE(loop.close().none()) << "the timer is gone too";
}

TEST(cancellation, before_the_first_step_runs_nothing) {
    event_loop loop;
    std::string order;
    auto running = loop.spawn(notes_cancellation(loop, order));
    EXPECT_TRUE(running.cancel());
    EXPECT_THROW(loop.run_until_complete(running), task_cancelled);
    EXPECT_EQ(order, "");
}

TEST(cancellation, may_be_answered_by_a_result) {
    event_loop loop;
    auto const stubborn = [](event_loop& in) -> task<int> {
        try {
            co_await in.sleep_for(1h);
        } catch (task_cancelled const&) {
        }
        co_await in.turn();  // once thrown, the request is over
        co_return 5;
    };
    auto running = loop.spawn(stubborn(loop));
    run_one_turn(loop);
    (void)running.cancel();
    EXPECT_EQ(loop.run_until_complete(running), 5);
}

// The result was there when the cancellation came: it is not lost, and neither is the request.
TEST(cancellation, loses_no_result) {
    event_loop loop;
    future_source<int> permit(loop);
    std::string order;
    auto const waits = [](event_loop& in, future<int> of, std::string& to) -> task<> {
        int const got = co_await of;
        to += std::to_string(got);
        co_await in.turn();
        to += 'x';
    };
    auto running = loop.spawn(waits(loop, permit.future(), order));
    run_one_turn(loop);
    permit.set_value(7);
    EXPECT_TRUE(running.cancel());
    EXPECT_THROW(loop.run_until_complete(running), task_cancelled);
    EXPECT_EQ(order, "7");
}

TEST(cancellation, leaves_the_future_to_others) {
    event_loop loop;
    future_source<int> source(loop);
    auto const waits = [](future<int> of) -> task<int> { co_return co_await of; };
    auto first = loop.spawn(waits(source.future()));
    auto second = loop.spawn(waits(source.future()));
    run_one_turn(loop);
    (void)first.cancel();
    EXPECT_THROW((void)loop.run_until_complete(first), task_cancelled);
    source.set_value(3);
    EXPECT_EQ(loop.run_until_complete(second), 3);
}

TEST(cancellation, is_no_std_exception) {
    static_assert(!std::is_base_of_v<std::exception, task_cancelled>);
}

// ---- gather ----------------------------------------------------------------------------------

task<int> later(event_loop& loop, int turns, int result) {
    for (int each = 0; each < turns; ++each) co_await loop.turn();
    co_return result;
}
task<> nothing() { co_return; }

TEST(gather, gives_results_in_the_order_of_the_tasks) {
    event_loop loop;
    auto const [slow, none, quick] = loop.run_until_complete(
        racekit::gather(loop, later(loop, 5, 1), nothing(), later(loop, 0, 2)));
    static_assert(std::is_same_v<decltype(none), std::monostate const>);
    EXPECT_EQ(slow, 1);
    EXPECT_EQ(quick, 2);
    std::vector<task<int>> many;
    for (int each = 0; each < 20; ++each) many.push_back(later(loop, 20 - each, each));
    auto const results = loop.run_until_complete(racekit::gather(loop, std::move(many)));
    ASSERT_EQ(results.size(), 20U);
    for (int each = 0; each < 20; ++each) EXPECT_EQ(results[std::size_t(each)], each);
    std::vector<task<>> silent;
    silent.push_back(nothing());
    loop.run_until_complete(racekit::gather(loop, std::move(silent)));
    loop.run_until_complete(racekit::gather(loop));
}

TEST(gather, waits_for_all_and_throws_the_one_error) {
    event_loop loop;
    std::string order;
    EXPECT_THROW(loop.run_until_complete(
                     racekit::gather(loop, fails(loop, "early"), in_two_steps(loop, order, 'a'))),
                 std::runtime_error);
    EXPECT_EQ(order, "aa") << "the other one ran to its end";
    EXPECT_TRUE(loop.close().none());
}

TEST(gather, loses_no_error) {
    reports seen;
    event_loop loop;
    try {
        (void)loop.run_until_complete(
            racekit::gather(loop, fails(loop, "1"), later(loop, 1, 1), fails(loop, "2")));
        FAIL();
    } catch (racekit::several_errors const& errors) {
        ASSERT_EQ(errors.all().size(), 2U);
        for (int each = 0; each < 2; ++each) {
            try {
                std::rethrow_exception(errors.all()[std::size_t(each)]);
            } catch (std::runtime_error const& error) {
                EXPECT_EQ(error.what(), std::to_string(each + 1));
            }
        }
    }
    EXPECT_TRUE(seen.texts().empty());
}

TEST(gather, passes_its_cancellation_on_and_waits) {
    event_loop loop;
    std::string order;
    auto const both = [](event_loop& in, std::string& to) -> task<> {
        co_await racekit::gather(in, notes_cancellation(in, to), notes_cancellation(in, to));
    };
    auto running = loop.spawn(both(loop, order));
    for (int each = 0; each < 3; ++each) run_one_turn(loop);
    ASSERT_EQ(order, "aa");
    (void)running.cancel();
    EXPECT_THROW(loop.run_until_complete(running), task_cancelled);
    EXPECT_EQ(order, "aacc");
}

TEST(gather, waits_for_what_a_task_does_after_its_cancellation) {
    event_loop loop;
    std::string order;
    auto const cleans_up = [](event_loop& in, std::string& to) -> task<> {
        try {
            co_await in.sleep_for(1h);
        } catch (task_cancelled const&) {
        }
        for (int each = 0; each < 3; ++each) co_await in.turn();
        to += 'c';
    };
    auto const one = [cleans_up](event_loop& in, std::string& to) -> task<> {
        try {
            co_await racekit::gather(in, cleans_up(in, to));
        } catch (task_cancelled const&) {
            to += 'g';
        }
    };
    auto running = loop.spawn(one(loop, order));
    for (int each = 0; each < 3; ++each) run_one_turn(loop);
    (void)running.cancel();
    loop.run_until_complete(running);
    EXPECT_EQ(order, "cg");
}

TEST(gather, takes_no_empty_task) {
    event_loop loop;
    reports seen;
    auto empty = nothing();
    auto const full = std::move(empty);
    EXPECT_THROW(loop.run_until_complete(racekit::gather(loop, std::move(empty))),
                 racekit::task_is_empty);
}

}  // namespace
