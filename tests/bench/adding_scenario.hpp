// SPDX-License-Identifier: MIT
// One test body for two forms of a scenario: over racekit::atomic, and as it is, over std::atomic.
#pragma once

#include <racekit/scenario.hpp>

#include <atomic>

template <class number>
struct adding {
    static constexpr int threads = 5;
    number sum{0};
    void thread(int) {
        sum.fetch_add(1, std::memory_order_relaxed);
        sum.fetch_add(1, std::memory_order_relaxed);
    }
    void after() { RACEKIT_CHECK_EQUAL(10, sum.load()); }
};
