// SPDX-License-Identifier: MIT
// work_deque: both ends, growing, thieves.
#include "../support/thread_pool.hpp"

#include <racekit/queue/work_deque.hpp>

#include <gtest/gtest.h>

#include <vector>

namespace {

TEST(work_deque, the_owner_takes_the_newest_and_a_thief_the_oldest) {
    for (std::size_t room : {1U, 3U, 64U}) {
        racekit::work_deque<int> work(room);
        int got = -1;
        EXPECT_FALSE(work.try_pop(got));
        EXPECT_FALSE(work.try_steal(got));
        EXPECT_EQ(got, -1);
        for (int i = 0; i < 100; ++i) work.push(i);
        EXPECT_EQ(work.size(), 100U);
        for (int i = 0; i < 50; ++i) {
            ASSERT_TRUE(work.try_steal(got));
            EXPECT_EQ(got, i);
            ASSERT_TRUE(work.try_pop(got));
            EXPECT_EQ(got, 99 - i);
        }
        EXPECT_TRUE(work.empty());
        EXPECT_FALSE(work.try_pop(got));
        work.push(7);
        ASSERT_TRUE(work.try_steal(got));
        EXPECT_EQ(got, 7);
        EXPECT_FALSE(work.try_pop(got));
    }
}

TEST(work_deque, refuses_an_impossible_room) {
    EXPECT_THROW(racekit::work_deque<int>(0), std::invalid_argument);
    EXPECT_THROW(racekit::work_deque<int>(~std::size_t{0}), std::invalid_argument);
}

TEST(work_deque, each_piece_of_work_is_done_once) {
    constexpr int pieces = 20'000;
    constexpr int thieves = 3;
    racekit::work_deque<int*> work(2);
    std::vector<int> done(pieces, 0);  // only the thread that has taken the piece writes it
    std::atomic<int> left{pieces};
    together(1 + thieves, [&](int self) {
        auto const finish = [&](int* piece) {
            ++*piece;
            --left;
        };
        int* piece = nullptr;
        if (self == 0) {
            for (int i = 0; i < pieces; ++i) {
                work.push(&done[static_cast<std::size_t>(i)]);
                if (i % 3 == 0 && work.try_pop(piece)) finish(piece);
            }
        }
        while (left != 0) {
            if (self == 0 ? work.try_pop(piece) : work.try_steal(piece)) finish(piece);
            else std::this_thread::yield();
        }
    });
    for (int times : done) ASSERT_EQ(times, 1);
    EXPECT_TRUE(work.empty());
}

}  // namespace
