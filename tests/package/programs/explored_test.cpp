// SPDX-License-Identifier: MIT
#include <account.hpp>

#include <racekit/gtest_explore.hpp>

#include <cassert>
#include <thread>

TEST(account, adds_in_every_execution) {
    EXPECT_EXHAUSTED(racekit::explore([] {
        account some(0);
        std::thread other([&] { some.add(1); });
        some.add(2);
        other.join();
        assert(some.balance() == 3);
    }));
}

TEST(account, races_without_a_lock) {
    EXPECT_FINDS("data race", racekit::explore([] {
                     account some(0);
                     std::thread other([&] { some.add_without_lock(1); });
                     some.add(2);
                     other.join();
                 }));
}
