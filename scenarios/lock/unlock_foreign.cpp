// SPDX-License-Identifier: MIT
// A stranger's unlock. A thread that did not get the lock gives it up all the same: another's.
//
//     thread 0:  try_lock: mine ............................ in the middle of its work, unguarded
//     thread 1:  .............. try_lock: not mine, unlock
//
// The race: "clean up at the end" unlocks whether or not the lock was got, and whether it was got
//           depends on who is there.
// The fix:  give up only what was taken.
//
// Natively a lock is a number that anybody can set to free; only a checked build looks whose it is.
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

RACEKIT_SCENARIO(unlock_foreign, racy, fixed, .title = "A lock given up by who never had it",
                 .bug_class = "lock misuse", .cwe = 832, .stress = racekit::may_find,
                 .tsan = racekit::finds("mutex misuse"), .model = racekit::finds("lock misuse"),
                 .reference = "compiler-rt test mutex_bad_unlock; Python: any thread may release");
