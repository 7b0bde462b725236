// SPDX-License-Identifier: MIT
// future: callbacks in order and once, chains, errors, and what is done twice or too early.
#include "reports.hpp"

#include <racekit/task/event_loop.hpp>
#include <racekit/task/future.hpp>

#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <stdexcept>
#include <string>

namespace {

using racekit::event_loop;
using racekit::future;
using racekit::future_source;

void run_one_turn(event_loop& loop) {
    loop.stop();
    loop.run_forever();
}

TEST(future, is_eager) {
    event_loop loop;
    bool ran = false;
    auto const run = [](bool& flag) -> racekit::task<> {
        flag = true;
        co_return;
    };
    auto const begun = loop.spawn(run(ran));
    EXPECT_FALSE(begun.is_done());
    run_one_turn(loop);
    EXPECT_TRUE(ran) << "though nothing awaits it";
    EXPECT_TRUE(begun.is_done());
}

TEST(future, calls_back_in_order_and_once) {
    event_loop loop;
    future_source<int> source(loop);
    auto result = source.future();
    std::string order;
    result.add_done_callback(
        [&](future<int> const& one) { order += std::to_string(one.result()); });
    result.add_done_callback([&](auto const&) { order += 'b'; });
    source.set_value(7);
    EXPECT_EQ(order, "") << "the loop calls, not the thread that gives the result";
    result.add_done_callback([&](auto const&) { order += 'c'; });
    run_one_turn(loop);
    EXPECT_EQ(order, "7bc");
    for (int each = 0; each < 3; ++each) run_one_turn(loop);
    EXPECT_EQ(order, "7bc");
}

TEST(future, awaiting_tasks_and_callbacks_share_one_order) {
    event_loop loop;
    future_source<> source(loop);
    std::string order;
    auto const waits = [](future<> of, std::string& to) -> racekit::task<> {
        co_await of;
        to += 't';
    };
    auto result = source.future();
    result.add_done_callback([&](auto const&) { order += 'a'; });
    auto const waiting = loop.spawn(waits(result, order));
    run_one_turn(loop);
    result.add_done_callback([&](auto const&) { order += 'b'; });
    source.set_value();
    run_one_turn(loop);
    EXPECT_EQ(order, "atb");
}

TEST(future, then_makes_a_chain_which_errors_go_past) {
    event_loop loop;
    future_source<int> source(loop);
    int called = 0;
    auto const text =
        source.future().then([](int number) { return number + 1; }).then([&](int number) {
            ++called;
            return std::to_string(number);
        });
    source.set_value(41);
    EXPECT_EQ(loop.run_until_complete(text), "42");

    future_source<int> other(loop);
    auto const never = other.future().then([&](int) { ++called; });
    other.set_error(std::make_exception_ptr(std::runtime_error("wrong")));
    EXPECT_THROW(loop.run_until_complete(never), std::runtime_error);
    EXPECT_EQ(called, 1);

    future_source<> third(loop);
    auto const thrown = third.future().then([]() -> int { throw std::logic_error("in then"); });
    third.set_value();
    EXPECT_THROW((void)loop.run_until_complete(thrown), std::logic_error);
}

TEST(future, a_second_result_is_an_error_and_the_first_stands) {
    event_loop loop;
    future_source<int> source(loop);
    source.set_value(1);
    EXPECT_THROW(source.set_value(2), racekit::future_already_done);
    EXPECT_THROW(source.set_error(std::make_exception_ptr(1)), racekit::future_already_done);
    EXPECT_FALSE(source.try_set_value(3));
    EXPECT_EQ(source.future().result(), 1);
}

TEST(future, a_result_read_too_early_is_an_error) {
    event_loop loop;
    future_source<int> source(loop);
    EXPECT_THROW(source.future().result(), racekit::future_not_done);
    EXPECT_THROW((void)source.future().error(), racekit::future_not_done);
    source.set_value(1);
    EXPECT_EQ(source.future().error(), nullptr);
}

TEST(future, is_abandoned_with_its_source) {
    event_loop loop;
    std::optional<future_source<int>> source(loop);
    auto const result = source->future();
    source.reset();
    EXPECT_THROW((void)loop.run_until_complete(result), racekit::future_abandoned);
}

TEST(future, cancelled_ends_those_that_await_it) {
    event_loop loop;
    future_source<int> source(loop);
    EXPECT_TRUE(source.future().cancel());
    EXPECT_FALSE(source.future().cancel());
    EXPECT_FALSE(source.try_set_value(1));
    EXPECT_THROW((void)loop.run_until_complete(source.future()), racekit::task_cancelled);
}

TEST(future, an_error_that_is_never_read_is_reported) {
    reports seen;
    event_loop loop;
    for (bool const read : {true, false}) {
        future_source<int> source(loop);
        source.set_error(std::make_exception_ptr(std::runtime_error("unread")));
        if (read) EXPECT_NE(source.future().error(), nullptr);
    }
    ASSERT_EQ(seen.texts().size(), 1U);
    EXPECT_EQ(seen.texts()[0], "an error was never read: unread");
}

TEST(future, gives_away_what_can_only_be_moved) {
    event_loop loop;
    future_source<std::unique_ptr<int>> source(loop);
    source.set_value(std::make_unique<int>(7));
    auto const kept = source.future();
    EXPECT_EQ(*kept.result(), 7);
    EXPECT_EQ(*loop.run_until_complete(kept), 7);
    std::unique_ptr<int> const mine = source.future().result();
    EXPECT_EQ(kept.result(), nullptr);
    EXPECT_EQ(*mine, 7);
}

TEST(future, may_outlive_its_loop_when_it_is_done) {
    std::optional<event_loop> loop(std::in_place);
    std::optional<future<int>> result;
    {
        future_source<int> source(*loop);
        result = source.future();
        source.set_value(7);
    }
    loop.reset();
    EXPECT_EQ(result->result(), 7);
}

}  // namespace
