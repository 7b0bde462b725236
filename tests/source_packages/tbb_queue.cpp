// SPDX-License-Identifier: MIT
// A producer and a consumer of a tbb::concurrent_queue.
#undef NDEBUG
#include <oneapi/tbb/concurrent_queue.h>

#include <cassert>
#include <thread>

namespace {
struct item {
    int value = 0;
};
}  // namespace

int main() {
    tbb::concurrent_queue<item*> queue;
    item made;
    std::thread other([&] {
        made.value = 1;
        queue.push(&made);
    });
    item* got = nullptr;
    if (queue.try_pop(got)) assert(got->value == 1);
    other.join();
}
