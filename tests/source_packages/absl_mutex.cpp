// SPDX-License-Identifier: MIT
// Two threads count under an absl::Mutex.
#undef NDEBUG
#include <absl/synchronization/mutex.h>

#include <cassert>
#include <thread>

namespace {
absl::Mutex lock;
int count = 0;

void add() {
    absl::MutexLock const hold(&lock);
    ++count;
}
}  // namespace

int main() {
    std::thread other(add);
    add();
    other.join();
    assert(count == 2);
}
