// SPDX-License-Identifier: MIT
// Relaxed spin lock. It excludes the other thread, but does not publish the writes made inside.
//
//     thread 0:  lock, write 1, unlock (relaxed)
//     thread 1:  ............................... lock, read 0, write 1      the sum is 1, not 2
//
// The race: only one thread at a time is inside, and still the two accesses race: an unlock by a
//           relaxed store publishes nothing that was written before it.
// The fix:  unlock with release; it synchronises with the acquire of the next lock.
//
// On x86 every store is a release, so stress cannot find this there; compilers and other processors
// may reorder.
#include <racekit/lock/spin_lock.hpp>
#include <racekit/scenario.hpp>

namespace {

struct racy : racekit::spin_lock_orders {
    static constexpr auto leave = std::memory_order_relaxed;
};

struct fixed : racekit::spin_lock_orders {
    static constexpr auto leave = std::memory_order_release;
};

template <class orders>
struct spin_relaxed {
    static constexpr int threads = 2;
    racekit::basic_spin_lock<orders> gate;
    racekit::plain<int> sum{0};

    void thread(int) {
        racekit::scoped_lock hold(gate);
        sum.write(sum.read() + 1);  // <- race
    }
    void after() { RACEKIT_CHECK_EQUAL(2, sum.read()); }
    int outcome() { return sum.read(); }
};

}  // namespace

RACEKIT_SCENARIO(spin_relaxed, racy, fixed, .title = "A spin lock whose unlock publishes nothing",
                 .bug_class = "weak ordering", .cwe = 821, .stress = racekit::blind_under_tso,
                 .tsan = racekit::finds("data race"), .model = racekit::finds("data race"),
                 .blind_why = "on x86 every store is a release",
                 .reference = "jcstress Mutex_03; perfbook locking/xchglock.c");
