// SPDX-License-Identifier: MIT
// treiber_stack: order, move-only and throwing elements, nodes freed in time, many threads.
#include "../support/thread_pool.hpp"
#include "../support/fussy.hpp"

#include <racekit/queue/treiber_stack.hpp>

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

namespace {

TEST(treiber_stack, is_last_in_first_out) {
    racekit::treiber_stack<std::unique_ptr<int>> stack;
    std::unique_ptr<int> got;
    for (int lap = 0; lap < 3; ++lap) {
        EXPECT_TRUE(stack.empty());
        for (int i = 0; i < 100; ++i) stack.push(std::make_unique<int>(i));
        EXPECT_FALSE(stack.empty());
        for (int i = 100; i-- > 0;) {
            ASSERT_TRUE(stack.try_pop(got));
            EXPECT_EQ(*got, i);
        }
        EXPECT_FALSE(stack.try_pop(got));
        EXPECT_EQ(*got, 0);
    }
}

/// As fussy, but once made it can be assigned to.
struct hard_to_make : fussy {
    using fussy::fussy;
    hard_to_make(hard_to_make&&) = default;
    hard_to_make& operator=(hard_to_make&& other) noexcept {
        value = std::exchange(other.value, -1);
        return *this;
    }
};
static_assert(!std::is_nothrow_move_constructible_v<hard_to_make>);

TEST(treiber_stack, an_element_that_throws_leaves_it_whole) {
    {
        racekit::treiber_stack<hard_to_make> stack;
        stack.push(hard_to_make(1));
        hard_to_make second(2);
        hard_to_make::moves_until_throw = 0;
        EXPECT_THROW(stack.push(std::move(second)), std::runtime_error);
        hard_to_make::moves_until_throw = -1;
        EXPECT_EQ(second.value, 2);
        stack.push(std::move(second));
        hard_to_make out;
        for (int i : {2, 1}) {
            ASSERT_TRUE(stack.try_pop(out));
            EXPECT_EQ(out.value, i);
        }
        EXPECT_FALSE(stack.try_pop(out));
    }
    EXPECT_EQ(fussy::alive, 0);
}

TEST(treiber_stack, destroys_what_is_left) {
    auto const counted = std::make_shared<int>(7);
    {
        racekit::treiber_stack<std::shared_ptr<int>> stack;
        std::shared_ptr<int> out;
        for (int i = 0; i < 3; ++i) stack.push(counted);
        ASSERT_TRUE(stack.try_pop(out));
        EXPECT_EQ(counted.use_count(), 4);
    }
    EXPECT_EQ(counted.use_count(), 1);
}

TEST(treiber_stack, loses_and_doubles_nothing) {
    constexpr int threads = 4;
    constexpr int items = 4000;
    for (std::size_t batch : {0U, 64U}) {
        racekit::treiber_stack<std::string> stack(batch);
        std::vector<std::atomic<int>> seen(threads * items);
        together(threads, [&](int self) {
            int pushed = 0;
            int popped = 0;
            while (pushed < items || popped < items) {
                std::string element;
                if (pushed < items) {
                    element = std::string(30, ' ') + std::to_string(self * items + pushed);
                    stack.push(std::move(element));
                    ++pushed;
                }
                if (popped < items && stack.try_pop(element)) {
                    ++popped;
                    ++seen[static_cast<std::size_t>(std::stoi(element.substr(30)))];
                } else {
                    std::this_thread::yield();
                }
                if (popped % 100 == 99) stack.reclaim();
            }
        });
        for (std::atomic<int> const& times : seen) ASSERT_EQ(times, 1);
        EXPECT_TRUE(stack.empty());
    }
}

}  // namespace
