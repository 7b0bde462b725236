// SPDX-License-Identifier: MIT
// racekit::explore() in a test program of the model flavour.
#include <racekit/check.hpp>
#include <racekit/gtest_explore.hpp>
#include <racekit/platform.hpp>

namespace {

TEST(explore, exhausts_two_additions) {
    EXPECT_EXHAUSTED(racekit::explore([] {
        racekit::atomic<int> count{0};
        racekit::thread one([&] { count.fetch_add(1); });
        count.fetch_add(1);
        one.join();
        RACEKIT_CHECK(count.load() == 2);
    }));
}

TEST(explore, finds_a_lost_update) {
    EXPECT_FINDS("failed check", racekit::explore([] {
                     racekit::atomic<int> count{0};
                     racekit::thread one([&] { count.store(count.load() + 1); });
                     count.store(count.load() + 1);
                     one.join();
                     RACEKIT_CHECK(count.load() == 2);
                 }));
}

TEST(explore, finds_a_data_race) {
    EXPECT_FINDS("data race", racekit::explore([] {
                     racekit::plain<int> count{0};
                     racekit::thread one([&] { count.write(1); });
                     count.write(2);
                     one.join();
                 }));
}

}  // namespace
