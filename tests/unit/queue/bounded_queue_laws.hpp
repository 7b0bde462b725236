// SPDX-License-Identifier: MIT
// What every bounded queue without waiting does when one thread alone uses it.
#pragma once

#include <gtest/gtest.h>

#include <cstddef>
#include <memory>
#include <stdexcept>
#include <utility>

namespace bounded_queue_laws {

/// Queue: of int, one that drops nothing and counts exactly.
template <class Queue>
void is_first_in_first_out_at_any_capacity() {
    for (std::size_t capacity : {1U, 2U, 3U, 5U, 8U, 100U}) {
        Queue queue(capacity);
        EXPECT_EQ(queue.capacity(), capacity);
        int pushed = 0;
        int popped = 0;
        for (std::size_t lap = 0; lap < 7; ++lap) {
            while (queue.try_push(pushed)) ++pushed;
            EXPECT_EQ(queue.size(), capacity);
            for (std::size_t i = 0; i <= lap % capacity; ++i) {
                int got = -1;
                ASSERT_TRUE(queue.try_pop(got));
                EXPECT_EQ(got, popped++);
            }
        }
        EXPECT_EQ(queue.size(), static_cast<std::size_t>(pushed - popped));
        for (int got = 0; queue.try_pop(got); ++popped) EXPECT_EQ(got, popped);
        EXPECT_EQ(pushed, popped);
        EXPECT_TRUE(queue.empty());
    }
}

/// Queue: of std::unique_ptr<int>.
template <class Queue>
void full_and_empty_change_nothing() {
    Queue queue(1);
    std::unique_ptr<int> got = std::make_unique<int>(3);
    EXPECT_FALSE(queue.try_pop(got));
    EXPECT_EQ(*got, 3);
    ASSERT_TRUE(queue.try_push(std::make_unique<int>(1)));
    auto refused = std::make_unique<int>(2);
    EXPECT_FALSE(queue.try_push(std::move(refused)));
    ASSERT_NE(refused, nullptr);
    EXPECT_EQ(*refused, 2);
}

template <class Queue>
void refuses_an_impossible_capacity() {
    EXPECT_THROW(Queue(0), std::invalid_argument);
    EXPECT_THROW(Queue(~std::size_t{0}), std::invalid_argument);
}

}  // namespace bounded_queue_laws
