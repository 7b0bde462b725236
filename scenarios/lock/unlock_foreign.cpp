// SPDX-License-Identifier: MIT
// Unlock by a non-owner. A thread that failed to lock unlocks anyway: the lock of another thread.
//
//     thread 0:  try_lock: yes ............................. inside, and no longer protected
//     thread 1:  .............. try_lock: no, unlock
//
// The race: "clean up at the end" unlocks whether or not the lock was acquired; that depends on
//           whether another thread holds it.
// The fix:  unlock only what was locked.
//
// Natively unlock() does not check the owner; only a checked build does.
#include <racekit/lock/mutex.hpp>
#include <racekit/scenario.hpp>

namespace {

struct racy {
    racekit::mutex gate;
    racekit::atomic<int> refreshed{0};

    void refresh() {
        bool const mine = gate.try_lock();
        if (mine) refreshed.fetch_add(1);
        gate.unlock();  // <- race
    }
};

struct fixed {
    racekit::mutex gate;
    racekit::atomic<int> refreshed{0};

    void refresh() {
        bool const mine = gate.try_lock();
        if (mine) refreshed.fetch_add(1);
        if (mine) gate.unlock();
    }
};

template <class cache>
struct unlock_foreign {
    static constexpr int threads = 2;
    cache shared;

    void thread(int) { shared.refresh(); }
    int outcome() { return shared.refreshed.load(); }
};

}  // namespace

RACEKIT_SCENARIO(unlock_foreign, racy, fixed,
                 .title = "Unlock by a thread that does not own the lock",
                 .bug_class = "lock misuse", .cwe = 832, .stress = racekit::may_find,
                 .tsan = racekit::finds("mutex misuse"), .model = racekit::finds("lock misuse"),
                 .reference = "compiler-rt test mutex_bad_unlock; Python: any thread may release");
