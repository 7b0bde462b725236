// SPDX-License-Identifier: MIT
// A flag set without the lock. The notification comes after the waiter's check and before its wait.
//
//     waiter:  lock, not yet ........................ waits ... for ever
//     setter:  ............. flag = true, notify: nobody waits
//
// The race: check and wait are one atomic step only for threads that take the lock. An atomic flag
//           makes the store atomic; the store can still come between the check and the wait.
// The fix:  set the flag under the lock. The notification may come before or after the unlock.
//
// ThreadSanitizer itself has nothing to report: the flag is atomic.
#include <racekit/lock/condition_variable.hpp>
#include <racekit/scenario.hpp>

namespace {

struct racy {
    racekit::mutex gate;
    racekit::condition_variable changed;
    racekit::atomic<bool> done{false};

    void finish() {
        done.store(true);  // <- race
        changed.notify_one();
    }
};

struct fixed {
    racekit::mutex gate;
    racekit::condition_variable changed;
    racekit::atomic<bool> done{false};

    void finish() {
        racekit::scoped_lock hold(gate);
        done.store(true);
        changed.notify_one();
    }
};

template <class task>
struct flag_without_lock {
    static constexpr int threads = 2;
    task shared;

    void thread(int self) { self == 0 ? shared.finish() : await(); }

    void await() {
        racekit::unique_lock hold(shared.gate);
        while (!shared.done.load()) shared.changed.wait(hold);
    }
};

}  // namespace

RACEKIT_SCENARIO(flag_without_lock, racy, fixed,
                 .title = "A notification between the check and the wait",
                 .bug_class = "lost wake-up", .cwe = 667, .stress = racekit::may_find("hang"),
                 .tsan = racekit::finds("deadlock"), .model = racekit::finds("lost wake-up"),
                 .reference = "libstdc++ proxied waits: the store moved under the mutex");
