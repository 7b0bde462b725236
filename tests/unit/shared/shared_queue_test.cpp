// SPDX-License-Identifier: MIT
#include "../support/both_ways.hpp"

#include <racekit/platform.hpp>
#include <racekit/shared/shared_queue.hpp>

#include <gtest/gtest.h>

#include <chrono>
#include <csignal>
#include <unistd.h>

namespace {

using namespace std::chrono_literals;
using racekit::after;
using racekit::process;
using racekit::queue_state;
using queue = racekit::shared_queue<int, 4>;
using long_queue = racekit::shared_queue<int, 256>;

template <class Way>
class shared_queues : public testing::Test {};
TYPED_TEST_SUITE(shared_queues, test::both_ways);

TYPED_TEST(shared_queues, keep_the_order_of_each_producer) {
    struct all {
        racekit::shared_queue<int, 8> queue;
        racekit::atomic<long> sum{0};
    };
    test::shared_test<all> shared;
    auto const produce = [&](int which) {
        for (int number = 1; number <= 5'000; ++number)
            shared.check(shared->queue.push(number * 2 + which) == queue_state::done);
    };
    auto const consume = [&] {
        int last[2] = {0, 0};
        int got = 0;
        while (shared->queue.pop(got) == queue_state::done) {
            shared.check(got > last[got % 2]);
            last[got % 2] = got;
            shared->sum.fetch_add(got);
        }
    };
    {
        TypeParam one([&] { produce(0); });
        TypeParam other([&] { produce(1); });
        TypeParam first([&] { consume(); });
        TypeParam second([&] { consume(); });
        one.join();
        other.join();
        shared->queue.close();
    }
    EXPECT_EQ(shared->sum.load(), 2L * 5'000 * 5'001 + 5'000);
}

TYPED_TEST(shared_queues, wake_a_sleeper_on_either_side) {
    test::shared_test<queue> shared;
    TypeParam consumer([&] {
        int got = 0;
        shared.check(shared->pop(got) == queue_state::done && got == 7);
    });
    consumer.await_sleep();
    EXPECT_EQ(shared->push(7), queue_state::done);
    consumer.join();
    for (int number = 0; number < 4; ++number) EXPECT_EQ(shared->push(number), queue_state::done);
    TypeParam producer([&] { shared.check(shared->push(4) == queue_state::done); });
    producer.await_sleep();
    int got = -1;
    EXPECT_EQ(shared->pop(got), queue_state::done);
    producer.join();
    for (int number = 1; number <= 4; ++number) {
        EXPECT_EQ(shared->try_pop(got), queue_state::done);
        EXPECT_EQ(got, number);
    }
}

TYPED_TEST(shared_queues, tell_sleepers_of_their_end) {
    test::shared_test<queue> shared;
    TypeParam consumer([&] {
        int got = 0;
        shared.check(shared->pop(got) == queue_state::closed);
    });
    consumer.await_sleep();
    shared->close();
    consumer.join();
    EXPECT_EQ(shared->try_push(1), queue_state::closed);
}

TEST(shared_queue, says_why_it_did_not) {
    racekit::shared_object<queue> shared;
    int got = 0;
    EXPECT_EQ(shared->try_pop(got), queue_state::empty);
    EXPECT_EQ(shared->pop_until(got, after(20ms)), queue_state::timed_out);
    EXPECT_EQ(shared->pop_until(got, after(-1s)), queue_state::timed_out);
    for (int number = 0; number < 4; ++number)
        EXPECT_EQ(shared->push_until(number, after(-1s)), queue_state::done);
    EXPECT_EQ(shared->try_push(9), queue_state::full);
    EXPECT_EQ(shared->push_until(9, after(20ms)), queue_state::timed_out);
    EXPECT_EQ(shared->size(), 4U);
    shared->close();
    EXPECT_EQ(shared->push(9), queue_state::closed);
    EXPECT_EQ(shared->pop(got), queue_state::done);  // what is in it can still be taken
}

TEST(shared_queue, keeps_a_reserved_element_until_it_is_acknowledged) {
    racekit::shared_object<queue> shared;
    for (int number = 1; number <= 4; ++number) (void)shared->push(number);
    queue::ticket first;
    queue::ticket second;
    ASSERT_EQ(shared->reserve(first), queue_state::done);
    ASSERT_EQ(shared->reserve(second), queue_state::done);
    EXPECT_EQ(first.value, 1);
    EXPECT_EQ(second.value, 2);
    EXPECT_FALSE(first.redelivered);
    shared->ack(second);
    EXPECT_EQ(shared->try_push(5), queue_state::full) << "the first one is still there";
    shared->nack(first);
    EXPECT_THROW(shared->ack(first), racekit::not_reserved);
    EXPECT_THROW(shared->nack(second), racekit::not_reserved);
    ASSERT_EQ(shared->reserve(first), queue_state::done);
    EXPECT_EQ(first.value, 1);
    EXPECT_TRUE(first.redelivered);
    process other([&] {
        try {
            shared->ack(first);
        } catch (racekit::not_reserved const&) {
            return 0;
        }
        return 1;
    });
    EXPECT_EQ(other.join().code, 0) << "a child does not hold what its parent has reserved";
    shared->ack(first);
    EXPECT_EQ(shared->try_push(5), queue_state::done);
    EXPECT_EQ(shared->try_push(6), queue_state::done);
}

TEST(shared_queue, gives_what_the_dead_had_to_one_that_waits) {
    racekit::shared_object<queue> shared;
    (void)shared->push(1);
    process holder([&] {
        queue::ticket held;
        (void)shared->reserve(held);
        ::raise(SIGKILL);
    });
    (void)holder.join();
    queue::ticket held;
    ASSERT_EQ(shared->reserve_until(held, after(60s)), queue_state::done);
    EXPECT_EQ(held.value, 1);
    EXPECT_TRUE(held.redelivered);
    shared->ack(held);
    EXPECT_EQ(shared->recover(), 0U);
}

TEST(shared_queue, closed_is_not_over_while_another_has_an_element) {
    racekit::shared_object<queue> shared;
    racekit::byte_pipe held;
    (void)shared->push(1);
    process holder([&] {
        queue::ticket ours;
        (void)shared->reserve(ours);
        (void)held.writer.write_some("x", 1);
        for (;;) ::pause();
    });
    char letter = 0;
    ASSERT_EQ(held.reader.read_some(&letter, 1, after(30s)).bytes, 1U);
    shared->close();
    int got = 0;
    EXPECT_EQ(shared->try_pop(got), queue_state::empty);
    holder.kill();
    (void)holder.join();
    EXPECT_EQ(shared->pop(got), queue_state::done);
    EXPECT_EQ(got, 1);
    EXPECT_EQ(shared->pop(got), queue_state::closed);
}

TEST(shared_queue, gives_the_place_of_a_dead_process_to_another) {
    using small = racekit::shared_queue<int, 8, racekit::shared_queue_orders, 2>;
    racekit::shared_object<small> shared;
    for (int number = 0; number < 8; ++number) (void)shared->push(number);
    for (int death = 0; death < 6; ++death) {
        process holder([&] {
            small::ticket held;
            (void)shared->reserve(held);
            ::raise(SIGKILL);
        });
        (void)holder.join();
    }
    (void)shared->recover();
    int got = -1;
    for (int number = 0; number < 8; ++number) {
        ASSERT_EQ(shared->try_pop(got), queue_state::done);
        EXPECT_EQ(got, number);
    }
}

}  // namespace
