// SPDX-License-Identifier: MIT
// Check, then act. Each of two withdrawals is covered by the balance; together they overdraw it.
//
//     thread 0:  10 covers 10 ................. balance 0
//     thread 1:  ............. 10 covers 10 ............. balance -10
//
// The race: the check runs outside the lock. Its result may be outdated when the lock is taken; the
//           lock protects only the subtraction.
// The fix:  check and act in one critical section.
//
// ThreadSanitizer itself has nothing to report: the balance is atomic.
#include <racekit/lock/mutex.hpp>
#include <racekit/scenario.hpp>

namespace {

struct racy {
    racekit::mutex gate;
    racekit::atomic<int> balance{10};

    void withdraw(int amount) {
        if (balance.load() < amount) return;  // <- race
        racekit::scoped_lock hold(gate);
        balance.store(balance.load() - amount);  // <- race
    }
};

struct fixed {
    racekit::mutex gate;
    racekit::atomic<int> balance{10};

    void withdraw(int amount) {
        racekit::scoped_lock hold(gate);
        if (balance.load() < amount) return;
        balance.store(balance.load() - amount);
    }
};

template <class account>
struct check_then_act {
    static constexpr int threads = 2;
    account shared;

    void thread(int) { shared.withdraw(10); }
    void after() { RACEKIT_CHECK_EQUAL(0, shared.balance.load()); }
    int outcome() { return shared.balance.load(); }
};

}  // namespace

RACEKIT_SCENARIO(check_then_act, racy, fixed,
                 .title = "Two withdrawals that the balance covers only once",
                 .bug_class = "check then act", .cwe = 367,
                 .stress = racekit::may_find("failed check"),
                 .tsan = racekit::finds("failed check"), .model = racekit::finds("failed check"),
                 .reference = "jcstress RaceCondition_02: both enter");
