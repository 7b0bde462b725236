// SPDX-License-Identifier: MIT
// Two threads count under an nsync_mu.
#undef NDEBUG
#include <nsync.h>

#include <cassert>
#include <thread>

namespace {
nsync::nsync_mu lock = NSYNC_MU_INIT;
int count = 0;

void add() {
    nsync::nsync_mu_lock(&lock);
    ++count;
    nsync::nsync_mu_unlock(&lock);
}
}  // namespace

int main() {
    std::thread other(add);
    add();
    other.join();
    assert(count == 2);
}
