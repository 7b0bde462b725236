// SPDX-License-Identifier: MIT
// spsc_queue: order, bounds, any capacity, move-only and throwing elements, two threads.
#include "bounded_queue_laws.hpp"
#include "../support/thread_pool.hpp"
#include "../support/fussy.hpp"

#include <racekit/queue/spsc_queue.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace {

TEST(spsc_queue, keeps_the_laws_of_a_bounded_queue) {
    bounded_queue_laws::is_first_in_first_out_at_any_capacity<racekit::spsc_queue<int>>();
    bounded_queue_laws::full_and_empty_change_nothing<racekit::spsc_queue<std::unique_ptr<int>>>();
    bounded_queue_laws::refuses_an_impossible_capacity<racekit::spsc_queue<int>>();
}

TEST(spsc_queue, destroys_what_is_left) {
    ASSERT_EQ(fussy::alive, 0);
    {
        racekit::spsc_queue<fussy> queue(3);
        fussy out;
        ASSERT_TRUE(queue.try_push(fussy(0)));
        ASSERT_TRUE(queue.try_pop(out));
        for (int i = 1; i <= 3; ++i) ASSERT_TRUE(queue.try_push(fussy(i)));  // goes round the ring
        EXPECT_EQ(fussy::alive, 4);
    }
    EXPECT_EQ(fussy::alive, 0);
}

TEST(spsc_queue, an_element_that_throws_leaves_it_whole) {
    {
        racekit::spsc_queue<fussy> queue(2);
        ASSERT_TRUE(queue.try_push(fussy(1)));
        fussy second(2);
        fussy::moves_until_throw = 0;
        EXPECT_THROW((void)queue.try_push(std::move(second)), std::runtime_error);
        EXPECT_EQ(second.value, 2);
        EXPECT_EQ(queue.size(), 1U);
        fussy out;
        fussy::moves_until_throw = 0;
        EXPECT_THROW((void)queue.try_pop(out), std::runtime_error);
        EXPECT_EQ(queue.size(), 1U);
        fussy::moves_until_throw = -1;
        ASSERT_TRUE(queue.try_push(std::move(second)));
        ASSERT_TRUE(queue.try_pop(out));
        EXPECT_EQ(out.value, 1);
        ASSERT_TRUE(queue.try_pop(out));
        EXPECT_EQ(out.value, 2);
        EXPECT_TRUE(queue.empty());
    }
    EXPECT_EQ(fussy::alive, 0);
}

TEST(spsc_queue, hands_whole_elements_from_thread_to_thread) {
    constexpr int items = 20'000;
    for (std::size_t capacity : {1U, 7U, 64U}) {
        racekit::spsc_queue<std::string> queue(capacity);
        auto const number = [](int i) { return std::string(40, 'x') + std::to_string(i); };
        together(2, [&](int self) {
            if (self == 0) {
                for (int i = 0; i < items; ++i) {
                    std::string element = number(i);
                    while (!queue.try_push(std::move(element))) std::this_thread::yield();
                }
            } else {
                for (int i = 0; i < items; ++i) {
                    std::string element;
                    while (!queue.try_pop(element)) std::this_thread::yield();
                    ASSERT_EQ(element, number(i));
                }
            }
        });
        EXPECT_TRUE(queue.empty());
    }
}

TEST(spsc_queue, with_a_lag_a_push_fails_only_when_the_queue_is_full) {
    racekit::spsc_queue<int> queue(4, 3);
    int pushed = 0;
    int popped = 0;
    for (int lap = 0; lap < 50; ++lap) {
        while (queue.try_push(pushed)) ++pushed;
        EXPECT_GE(pushed - popped, 4);
        EXPECT_LE(pushed - popped, 6);
        EXPECT_EQ(queue.size(), static_cast<std::size_t>(pushed - popped));
        for (int i = 0; i <= lap % 4; ++i) {
            int got = -1;
            ASSERT_TRUE(queue.try_pop(got));
            EXPECT_EQ(got, popped++);
        }
    }
    EXPECT_EQ(queue.capacity(), 4U);
    EXPECT_EQ(racekit::spsc_queue<int>(1023).lag(), 1U);
    EXPECT_GT(racekit::spsc_queue<int>(1024).lag(), 1U);
    EXPECT_THROW(racekit::spsc_queue<int>(4, 0), std::invalid_argument);
    EXPECT_THROW(racekit::spsc_queue<int>(4, 5), std::invalid_argument);
}

TEST(spsc_queue, batches_take_what_fits) {
    racekit::spsc_queue<std::unique_ptr<int>> queue(5, 2);
    int pushed = 0;
    int popped = 0;
    for (int lap = 0; lap < 40; ++lap) {
        std::vector<std::unique_ptr<int>> batch;
        for (int i = 0; i < 7; ++i) batch.push_back(std::make_unique<int>(pushed + i));
        std::size_t const before = queue.size();
        std::size_t const took = queue.push_many(batch);
        EXPECT_GE(before + took, 5U);
        EXPECT_LE(before + took, 6U);
        for (std::size_t i = 0; i < batch.size(); ++i) EXPECT_EQ(batch[i] == nullptr, i < took);
        pushed += static_cast<int>(took);
        std::vector<std::unique_ptr<int>> into(static_cast<std::size_t>(lap % 5 + 1));
        std::size_t const got = queue.pop_many(into);
        EXPECT_EQ(got, into.size());
        for (std::size_t i = 0; i < got; ++i) EXPECT_EQ(*into[i], popped++);
    }
    std::vector<std::unique_ptr<int>> rest(10);
    EXPECT_EQ(queue.pop_many(rest), static_cast<std::size_t>(pushed - popped));
    EXPECT_EQ(queue.pop_many(rest), 0U);
    EXPECT_EQ(queue.push_many({}), 0U);
}

TEST(spsc_queue, hands_batches_from_thread_to_thread) {
    constexpr int items = 20'000;
    racekit::spsc_queue<int> queue(100, 32);
    together(2, [&](int self) {
        std::vector<int> batch(64);
        for (int done = 0; done < items;) {
            auto const count = std::min<std::size_t>(static_cast<std::size_t>(items - done), 64);
            std::span<int> const part(batch.data(), count);
            if (self == 0) {
                for (std::size_t i = 0; i < count; ++i) part[i] = done + static_cast<int>(i);
                done += static_cast<int>(queue.push_many(part));
            } else {
                std::size_t const got = queue.pop_many(part);
                for (std::size_t i = 0; i < got; ++i) ASSERT_EQ(part[i], done++);
            }
            std::this_thread::yield();
        }
    });
    EXPECT_TRUE(queue.empty());
}

TEST(spsc_queue, gives_each_side_a_cache_line) {
    EXPECT_EQ(alignof(racekit::spsc_queue<int>), 64U);
}

}  // namespace
