// SPDX-License-Identifier: MIT
// Memory orders that C++ forbids are refused where the compiler could not see them either. That it
// refuses constant ones is tested by memory_orders_refused.cpp, which does not compile.
#include <racekit/platform.hpp>
#include <racekit/platform/memory_orders.hpp>

#include <gtest/gtest.h>

#include <string>

namespace {

/// An order that the compiler does not know.
std::memory_order order(std::memory_order value) {
    static std::memory_order volatile hidden = value;
    hidden = value;
    return hidden;
}

template <class Body>
std::string refusal(Body body) {
    try {
        body();
    } catch (racekit::invalid_memory_order const& refused) {
        return refused.what();
    }
    return "accepted";
}

TEST(memory_orders, wrong_ones_are_refused_with_their_name_and_line) {
    racekit::atomic<int> number{1};
    auto const acquire = order(std::memory_order_acquire);
    auto const at = ":" + std::to_string(__LINE__ + 1);
    std::string const stored = refusal([&] { number.store(2, acquire); });
    EXPECT_NE(stored.find("store with memory_order_acquire"), std::string::npos) << stored;
    EXPECT_NE(stored.find("memory_orders_test.cpp" + at), std::string::npos) << stored;
    EXPECT_EQ(number.load(), 1);
    auto const release = order(std::memory_order_release);
    std::string const loaded = refusal([&] { (void)number.load(release); });
    EXPECT_NE(loaded.find("load with memory_order_release"), std::string::npos) << loaded;
    int expected = 5;
    std::string const failed = refusal([&] {
        number.compare_exchange_strong(expected, 2, std::memory_order_seq_cst, release);
    });
    EXPECT_NE(failed.find("failing compare_exchange_strong"), std::string::npos) << failed;
    EXPECT_NE(refusal([&] { number.wait(0, release); }), "accepted");
}

TEST(memory_orders, right_ones_are_accepted) {
    racekit::atomic<int> number{1};
    for (auto const load : {std::memory_order_relaxed, std::memory_order_acquire,
                            std::memory_order_seq_cst}) {
        EXPECT_EQ(number.load(order(load)), 1);
        int expected = 5;
        EXPECT_FALSE(number.compare_exchange_strong(expected, 2, std::memory_order_relaxed,
                                                    order(load)));
    }
    for (auto const store : {std::memory_order_relaxed, std::memory_order_release,
                             std::memory_order_seq_cst})
        number.store(1, order(store));
}

}  // namespace
