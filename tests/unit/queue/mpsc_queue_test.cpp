// SPDX-License-Identifier: MIT
// mpsc_queue: order, move-only and throwing elements, many producers.
#include "../support/thread_pool.hpp"
#include "../support/fussy.hpp"

#include <racekit/queue/mpsc_queue.hpp>

#include <gtest/gtest.h>

#include <memory>
#include <string>

namespace {

TEST(mpsc_queue, is_first_in_first_out) {
    racekit::mpsc_queue<std::unique_ptr<int>> queue;
    EXPECT_TRUE(queue.empty());
    for (int i = 0; i < 100; ++i) queue.push(std::make_unique<int>(i));
    EXPECT_FALSE(queue.empty());
    std::unique_ptr<int> got;
    for (int i = 0; i < 100; ++i) {
        ASSERT_TRUE(queue.try_pop(got));
        EXPECT_EQ(*got, i);
    }
    EXPECT_FALSE(queue.try_pop(got));
    EXPECT_EQ(*got, 99);
}

TEST(mpsc_queue, an_element_that_throws_leaves_it_whole) {
    {
        racekit::mpsc_queue<fussy> queue;
        queue.push(fussy(1));
        fussy second(2);
        fussy out;
        fussy::moves_until_throw = 0;
        EXPECT_THROW(queue.push(std::move(second)), std::runtime_error);
        EXPECT_EQ(second.value, 2);
        fussy::moves_until_throw = 0;
        EXPECT_THROW((void)queue.try_pop(out), std::runtime_error);
        fussy::moves_until_throw = -1;
        queue.push(std::move(second));
        queue.push(fussy(3));
        for (int i = 1; i <= 2; ++i) {
            ASSERT_TRUE(queue.try_pop(out));
            EXPECT_EQ(out.value, i);
        }
    }
    EXPECT_EQ(fussy::alive, 0);
}

TEST(mpsc_queue, loses_and_doubles_nothing_and_keeps_each_producers_order) {
    constexpr int producers = 3;
    constexpr int items = 5000;
    racekit::mpsc_queue<std::string> queue;
    together(1 + producers, [&](int self) {
        if (self != 0) {
            for (int i = 1; i <= items; ++i)
                queue.push(std::to_string(self) + std::string(30, ' ') + std::to_string(i));
            return;
        }
        int last[1 + producers] = {};
        for (int taken = 0; taken < producers * items;) {
            std::string element;
            if (!queue.try_pop(element)) {
                std::this_thread::yield();
                continue;
            }
            int const from = element[0] - '0';
            ASSERT_EQ(std::stoi(element.substr(31)), ++last[from]);
            ++taken;
        }
    });
    EXPECT_TRUE(queue.empty());
}

}  // namespace
