// SPDX-License-Identifier: MIT
// A thread waits with absl::Condition for what another one writes.
#undef NDEBUG
#include <absl/synchronization/mutex.h>

#include <cassert>
#include <thread>

namespace {
absl::Mutex lock;
bool is_ready = false;
int value = 0;
}  // namespace

int main() {
    std::thread other([] {
        absl::MutexLock const hold(&lock);
        value = 42;
        is_ready = true;
    });
    lock.LockWhen(absl::Condition(&is_ready));
    assert(value == 42);
    lock.Unlock();
    other.join();
}
