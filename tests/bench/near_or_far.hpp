// SPDX-License-Identifier: MIT
// How long a cache line takes from one core to another and back.
//
// A virtual machine's cores may share a cache or not, and change that while it runs; figures of two
// cores differ up to tenfold between the two. Compare only samples with like round trips.
#pragma once

#include <atomic>
#include <chrono>
#include <sched.h>
#include <thread>

namespace bench {

/// The median-like best of a few short trials, in nanoseconds; 0 on a machine with one core.
inline long line_round_trip_ns() {
    if (std::thread::hardware_concurrency() < 2) return 0;
    constexpr int trips = 2000;
    long best = 0;
    for (int trial = 0; trial < 5; ++trial) {
        alignas(64) std::atomic<int> line{0};
        auto const wait_for = [&](int value) {
            for (int turn = 0; line.load(std::memory_order_acquire) != value; ++turn) {
                if (turn > 10'000) ::sched_yield();  // both on one core
            }
        };
        std::thread other([&] {
            for (int trip = 0; trip < trips; ++trip) {
                wait_for(2 * trip + 1);
                line.store(2 * trip + 2, std::memory_order_release);
            }
        });
        line.store(1, std::memory_order_release);
        wait_for(2);
        auto const began = std::chrono::steady_clock::now();
        for (int trip = 1; trip < trips; ++trip) {
            line.store(2 * trip + 1, std::memory_order_release);
            wait_for(2 * trip + 2);
        }
        auto const took = std::chrono::steady_clock::now() - began;
        other.join();
        long const each = std::chrono::nanoseconds(took).count() / (trips - 1);
        if (best == 0 || each < best) best = each;
    }
    return best;
}

}  // namespace bench
