#include "model_program.hpp"

#include "model/minimise.hpp"

#include <gtest/gtest.h>

namespace {

using namespace racekit;
using namespace racekit::model;

struct two_locks {
    mutex left, right;
    atomic<int> work{0};
};

program<two_locks> opposite_orders() {
    program<two_locks> story;
    auto const use = [](two_locks& all, mutex& first, mutex& second) {
        for (int turn = 0; turn < 5; ++turn) all.work.fetch_add(1, std::memory_order_relaxed);
        scoped_lock one(first);
        scoped_lock other(second);
        all.work.fetch_add(1, std::memory_order_relaxed);
    };
    story.threads = {[use](two_locks& all) { use(all, all.left, all.right); },
                     [use](two_locks& all) { use(all, all.right, all.left); },
                     [](two_locks& all) { all.work.fetch_add(1, std::memory_order_relaxed); }};
    return story;
}

TEST(model_minimise, a_deadlock_needs_two_changes_of_thread_at_most) {
    for (std::uint64_t seed = 1; seed <= 10; ++seed) {
        auto story = opposite_orders();
        limits within;
        within.cast = 3;
        engine explorer(story, within);
        random_walk randomly(seed);
        execution const& last =
            explorer.play(randomly, [](std::uint64_t count) { return count >= 10'000; });
        ASSERT_TRUE(last.found);
        schedule const found{last.threads, last.decisions, "", ""};
        schedule const least = minimised(story, within, found, "deadlock");
        EXPECT_LE(switches(least), switches(found));
        // One thread up to its second lock, the other one up to its own: one change, and at most
        // one more for the thread that only works.
        EXPECT_LE(switches(least), 2U) << to_text(found) << " became " << to_text(least);
    }
}

TEST(model_minimise, what_does_not_fail_is_left_alone) {
    auto story = opposite_orders();
    limits within;
    within.cast = 3;
    schedule const harmless{{0, 1, 2}, {}, "", ""};
    EXPECT_EQ(harmless.threads, minimised(story, within, harmless, "deadlock").threads);
}

}  // namespace
