// SPDX-License-Identifier: MIT
// Threads for unit tests: several that start together, or one that does something elsewhere.
#pragma once

#include <atomic>
#include <thread>
#include <vector>

/// Runs `body(self)` on `count` threads that start together; returns when all have finished.
template <class Body>
void together(int count, Body body) {
    std::atomic<int> missing{count};
    std::vector<std::thread> all;
    for (int self = 0; self < count; ++self) {
        all.emplace_back([&, self] {
            missing.fetch_sub(1, std::memory_order_relaxed);  // a signal that must order nothing
            while (missing.load(std::memory_order_relaxed) != 0) std::this_thread::yield();
            body(self);
        });
    }
    for (std::thread& each : all) each.join();
}

/// Runs `body()` on another thread and waits for it.
template <class Body>
void elsewhere(Body body) {
    std::thread(body).join();
}
