// SPDX-License-Identifier: MIT
// The client of adding_scenario.hpp as a whole program.
#include <atomic>
#include <thread>

int main() {
    std::atomic<int> sum{0};
    auto const add = [&] {
        sum.fetch_add(1, std::memory_order_relaxed);
        sum.fetch_add(1, std::memory_order_relaxed);
    };
    std::thread threads[] = {std::thread(add), std::thread(add), std::thread(add), std::thread(add),
                             std::thread(add)};
    for (auto& each : threads) each.join();
    return sum == 10 ? 0 : 1;
}
