// SPDX-License-Identifier: MIT
// bounded_stack: order, bounds, move-only elements, many threads.
#include "../support/thread_pool.hpp"

#include <racekit/queue/bounded_stack.hpp>

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

namespace {

TEST(bounded_stack, is_last_in_first_out) {
    for (int capacity : {1, 2, 7}) {
        racekit::bounded_stack<std::unique_ptr<int>> stack(static_cast<std::size_t>(capacity));
        for (int lap = 0; lap < 3; ++lap) {
            EXPECT_TRUE(stack.empty());
            for (int i = 0; i < capacity; ++i)
                ASSERT_TRUE(stack.try_push(std::make_unique<int>(i)));
            auto refused = std::make_unique<int>(9);
            EXPECT_FALSE(stack.try_push(std::move(refused)));
            ASSERT_NE(refused, nullptr);
            std::unique_ptr<int> got;
            for (int i = capacity; i-- > 0;) {
                ASSERT_TRUE(stack.try_pop(got));
                EXPECT_EQ(*got, i);
            }
            EXPECT_FALSE(stack.try_pop(got));
        }
    }
}

TEST(bounded_stack, refuses_an_impossible_capacity) {
    EXPECT_THROW(racekit::bounded_stack<int>(0), std::invalid_argument);
    EXPECT_THROW(racekit::bounded_stack<int>(~std::size_t{0}), std::invalid_argument);
}

TEST(bounded_stack, destroys_what_is_left) {
    auto const counted = std::make_shared<int>(7);
    {
        racekit::bounded_stack<std::shared_ptr<int>> stack(3);
        std::shared_ptr<int> out;
        for (int i = 0; i < 3; ++i) ASSERT_TRUE(stack.try_push(counted));
        ASSERT_TRUE(stack.try_pop(out));
        EXPECT_EQ(counted.use_count(), 4);
    }
    EXPECT_EQ(counted.use_count(), 1);
}

TEST(bounded_stack, loses_and_doubles_nothing) {
    constexpr int threads = 4;
    constexpr int items = 4000;
    for (std::size_t capacity : {1U, 3U, 64U}) {
        racekit::bounded_stack<std::string> stack(capacity);
        std::vector<std::atomic<int>> seen(threads * items);
        together(threads, [&](int self) {
            int pushed = 0;
            int popped = 0;
            while (pushed < items || popped < items) {
                std::string element = std::string(30, ' ') + std::to_string(self * items + pushed);
                if (pushed < items && stack.try_push(std::move(element))) ++pushed;
                if (popped < items && stack.try_pop(element)) {
                    ++popped;
                    ++seen[static_cast<std::size_t>(std::stoi(element.substr(30)))];
                } else {
                    std::this_thread::yield();
                }
            }
        });
        for (std::atomic<int> const& times : seen) ASSERT_EQ(times, 1);
        EXPECT_TRUE(stack.empty());
    }
}

}  // namespace
