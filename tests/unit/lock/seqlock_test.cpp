// SPDX-License-Identifier: MIT
// seqlock: whole copies, writers one after the other, try and deadline forms.
#include "../support/thread_pool.hpp"

#include <racekit/lock/seqlock.hpp>

#include <gtest/gtest.h>

#include <array>
#include <atomic>
#include <chrono>
#include <stdexcept>

namespace {

using namespace std::chrono_literals;

using line = std::array<long, 8>;

TEST(seqlock, copies_are_whole) {
    racekit::seqlock<line> shared;
    std::atomic<long> torn{0};
    together(3, [&](int self) {
        for (long turn = 1; turn <= 3000; ++turn) {
            if (self == 0) {
                line next;
                next.fill(turn);
                shared.store(next);
            } else {
                line const copy = shared.load();
                for (long const each : copy) torn += each != copy[0];
            }
        }
    });
    EXPECT_EQ(torn, 0);
    EXPECT_EQ(shared.load()[7], 3000);
}

TEST(seqlock, updates_follow_one_another) {
    racekit::seqlock<long> shared;
    long counter = 0;  // plain on purpose: under TSan updates that are not ordered are a race here
    together(3, [&](int) {
        for (int turn = 0; turn < 2000; ++turn) {
            shared.update([&](long& value) {
                ++value;
                ++counter;
            });
        }
    });
    EXPECT_EQ(shared.load(), 6000);
    EXPECT_EQ(counter, 6000);
}

TEST(seqlock, publishes_what_was_done_before) {
    racekit::seqlock<long> shared;
    long before = 0;
    together(2, [&](int self) {
        if (self == 0) {
            before = 7;
            shared.store(1);
        } else {
            while (shared.load() != 1) std::this_thread::yield();
            EXPECT_EQ(before, 7);
        }
    });
}

TEST(seqlock, a_reader_that_waits_for_a_writer_gives_up_in_time) {
    racekit::seqlock<int> shared(5);
    shared.update([&](int& value) {
        elsewhere([&] {
            int copy = 3;
            EXPECT_FALSE(shared.try_load(copy));
            EXPECT_FALSE(shared.try_load_for(copy, 5ms));
            EXPECT_FALSE(shared.try_load_for(copy, -1s));
            EXPECT_EQ(copy, 3);
            EXPECT_FALSE(shared.try_store(9));
            EXPECT_FALSE(shared.try_store_for(9, 5ms));
            EXPECT_FALSE(shared.try_store_for(9, -1s));
        });
        value = 6;
    });
    int copy = 0;
    EXPECT_TRUE(shared.try_load_for(copy, -1s));
    EXPECT_EQ(copy, 6);
    EXPECT_TRUE(shared.try_store(7));
    EXPECT_TRUE(shared.try_store_for(8, -1s));
    EXPECT_EQ(shared.load(), 8);
}

TEST(seqlock, an_update_that_throws_changes_nothing) {
    racekit::seqlock<int> shared(5);
    auto const fails = [](int& value) {
        value = 6;
        throw std::runtime_error("a change that fails");
    };
    EXPECT_THROW(shared.update(fails), std::runtime_error);
    EXPECT_EQ(shared.load(), 5);
    shared.store(7);
    EXPECT_EQ(shared.load(), 7);
}

TEST(seqlock, takes_values_of_any_size) {
    struct odd {
        char bytes[13];
    };
    racekit::seqlock<odd> shared(odd{"twelve bytes"});
    EXPECT_STREQ(shared.load().bytes, "twelve bytes");
}

}  // namespace
