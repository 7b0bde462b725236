// SPDX-License-Identifier: MIT
// Tests as any project has them.
#include <account.hpp>

#include <gtest/gtest.h>

#include <thread>

TEST(account, adds) {
    account some(1);
    some.add(2);
    EXPECT_EQ(some.balance(), 3);
}

TEST(account, adds_in_two_threads) {
    account some(0);
    std::thread other([&] { some.add(1); });
    some.add(2);
    other.join();
    EXPECT_EQ(some.balance(), 3);
}
