// SPDX-License-Identifier: MIT
// Shared objects outside the test body, which the model refuses: a counter at namespace scope and a
// lock that is static in its function.
#include "cases.hpp"

#include <racekit/lock/mutex.hpp>

#include <mutex>

namespace fences {
namespace {

/// A counter at namespace scope, and a lock that is static in its function.
racekit::atomic<int> visits{0};
racekit::mutex& the_lock() {
    static racekit::mutex lock;
    return lock;
}
template <class variant>
struct global_counter {
    static constexpr int threads = 2;
    void before() { visits.store(0); }
    void thread(int) {
        std::unique_lock hold(the_lock(), std::defer_lock);
        if (variant::correct) hold.lock();
        visits.store(visits.load() + 1);
    }
    void after() { RACEKIT_CHECK_EQUAL(2, visits.load()); }
};
RACEKIT_FENCE_CASE_THAT(global_counter, racekit::finds("failed check"));

}  // namespace
}  // namespace fences
