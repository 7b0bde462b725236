// SPDX-License-Identifier: MIT
// hazard_pointer: nothing is destroyed in use, nothing is left over, garbage is bounded.
#include "../support/thread_pool.hpp"

#include <racekit/lock/hazard_pointer.hpp>

#include <gtest/gtest.h>

namespace {

std::atomic<long> alive{0};

struct letter : racekit::hazard_object {
    explicit letter(long number) : first(number), second(number) { ++alive; }
    ~letter() {
        first = second = -1;
        --alive;
    }
    long first;
    long second;
};

TEST(hazard_pointer, what_is_protected_is_not_destroyed) {
    racekit::hazard_domain post(0);
    racekit::atomic<letter*> current{new letter(1)};
    {
        racekit::hazard_pointer<letter> mine(post);
        letter* const found = mine.protect(current);
        post.retire(current.exchange(nullptr));
        post.reclaim();
        EXPECT_EQ(alive, 1);
        EXPECT_EQ(found->first, 1);
        mine.reset();
        post.reclaim();
        EXPECT_EQ(alive, 0);
    }
}

TEST(hazard_pointer, nothing_to_protect_is_nothing) {
    racekit::hazard_domain post;
    racekit::atomic<letter*> current{nullptr};
    racekit::hazard_pointer<letter> mine(post);
    EXPECT_EQ(mine.protect(current), nullptr);
    letter* seen = nullptr;
    EXPECT_TRUE(mine.try_protect(seen, current));
    letter here(3);
    current.store(&here);
    EXPECT_FALSE(mine.try_protect(seen, current));
    EXPECT_EQ(seen, &here);
    EXPECT_TRUE(mine.try_protect(seen, current));
}

TEST(hazard_pointer, the_domain_destroys_what_is_left) {
    {
        racekit::hazard_domain post(1000);
        for (int i = 0; i < 10; ++i) post.retire(new letter(i));
        EXPECT_EQ(alive, 10);
    }
    EXPECT_EQ(alive, 0);
}

TEST(hazard_pointer, guards_are_used_again) {
    racekit::hazard_domain post(0);
    for (int i = 0; i < 100; ++i) {
        racekit::hazard_pointer<letter> one(post);
        racekit::hazard_pointer<letter> two(post);
    }
    // Two guards: two objects, and two for each of them, may wait.
    for (int i = 0; i < 100; ++i) post.retire(new letter(i));
    EXPECT_LE(alive, 4);
}

TEST(hazard_pointer, readers_see_whole_objects_and_garbage_is_bounded) {
    constexpr int batch = 16;
    constexpr int threads = 4;
    std::atomic<long> most{0};
    {
        racekit::hazard_domain post(batch);
        racekit::atomic<letter*> current{new letter(0)};
        together(threads, [&](int self) {
            racekit::hazard_pointer<letter> mine(post);
            for (int turn = 1; turn <= 3000; ++turn) {
                if (self < 2) {
                    post.retire(current.exchange(new letter(turn), std::memory_order_acq_rel));
                    long const now = alive;
                    if (now > most) most = now;
                } else {
                    letter* const found = mine.protect(current);
                    ASSERT_EQ(found->first, found->second);
                    ASSERT_GE(found->first, 0);
                    if (turn % 7 == 0) mine.reset();
                }
            }
        });
        delete current.load();
    }
    EXPECT_EQ(alive, 0);
    // Two reclaimers may each hold a collected batch while a third gathers.
    EXPECT_LE(most, 3 * (batch + 2 * threads) + threads + 2);
}

}  // namespace
