// SPDX-License-Identifier: MIT
// One thread publishes a value, the other takes it when it is there.
#include <atomic>
#include <cassert>
#include <thread>

int value = 0;
std::atomic<bool> is_there{false};

int main() {
    std::thread other([] {
        if (is_there.load(std::memory_order_acquire)) assert(value == 7);
    });
    value = 7;
    is_there.store(true, std::memory_order_release);
    other.join();
}
