// SPDX-License-Identifier: MIT
// mpmc_queue: order, bounds, any capacity, move-only elements, many threads.
#include "bounded_queue_laws.hpp"
#include "../support/thread_pool.hpp"

#include <racekit/queue/mpmc_queue.hpp>

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <type_traits>

namespace {

TEST(mpmc_queue, keeps_the_laws_of_a_bounded_queue) {
    bounded_queue_laws::is_first_in_first_out_at_any_capacity<racekit::mpmc_queue<int>>();
    bounded_queue_laws::full_and_empty_change_nothing<racekit::mpmc_queue<std::unique_ptr<int>>>();
    bounded_queue_laws::refuses_an_impossible_capacity<racekit::mpmc_queue<int>>();
}

TEST(mpmc_queue, destroys_what_is_left) {
    auto const counted = std::make_shared<int>(7);
    {
        racekit::mpmc_queue<std::shared_ptr<int>> queue(3);
        std::shared_ptr<int> out;
        ASSERT_TRUE(queue.try_push(counted));
        ASSERT_TRUE(queue.try_pop(out));
        for (int i = 1; i <= 3; ++i) ASSERT_TRUE(queue.try_push(counted));  // round the ring
        EXPECT_EQ(counted.use_count(), 5);
    }
    EXPECT_EQ(counted.use_count(), 1);
}

struct throws_when_copied {
    throws_when_copied() = default;
    throws_when_copied(throws_when_copied const&) { throw std::runtime_error("a copy that fails"); }
    throws_when_copied(throws_when_copied&&) noexcept = default;
    throws_when_copied& operator=(throws_when_copied&&) noexcept = default;
};

TEST(mpmc_queue, a_copy_that_throws_leaves_it_whole) {
    racekit::mpmc_queue<throws_when_copied> queue(1);
    throws_when_copied const element;
    EXPECT_THROW((void)queue.try_push(element), std::runtime_error);
    EXPECT_TRUE(queue.empty());
    EXPECT_TRUE(queue.try_push(throws_when_copied()));
}

TEST(mpmc_queue, loses_and_doubles_nothing_and_keeps_each_producers_order) {
    constexpr int producers = 2;
    constexpr int consumers = 2;
    constexpr int items = 4000;
    for (std::size_t capacity : {1U, 3U, 64U}) {
        racekit::mpmc_queue<std::string> queue(capacity);
        std::atomic<int> taken{0};
        std::atomic<long> sum{0};
        together(producers + consumers, [&](int self) {
            if (self < producers) {
                for (int i = 1; i <= items; ++i) {
                    std::string element = std::to_string(self) + std::string(30, ' ') +
                                          std::to_string(i);
                    while (!queue.try_push(std::move(element))) std::this_thread::yield();
                }
                return;
            }
            int last[producers] = {};
            while (taken < producers * items) {
                std::string element;
                if (!queue.try_pop(element)) {
                    std::this_thread::yield();
                    continue;
                }
                int const from = element[0] - '0';
                int const number = std::stoi(element.substr(31));
                EXPECT_LT(last[from], number);
                last[from] = number;
                sum += number;
                ++taken;
            }
        });
        EXPECT_EQ(sum, producers * static_cast<long>(items) * (items + 1) / 2);
        EXPECT_TRUE(queue.empty());
    }
}

TEST(mpmc_queue, four_cells_share_a_line) {
    struct mirror {
        racekit::atomic<std::size_t> stamp;
        racekit::slot<long> element;
    };
#if !defined(RACEKIT_FLAVOUR_TSAN)
    EXPECT_EQ(sizeof(mirror), 16U);
#endif
    EXPECT_EQ(alignof(racekit::mpmc_queue<int>), 64U);
}

}  // namespace
