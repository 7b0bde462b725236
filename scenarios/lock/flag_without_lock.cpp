// SPDX-License-Identifier: MIT
// A flag without the lock. It is set, and told, after the waiter looked and before it sleeps.
//
//     waiter:  lock, not yet ........................ waits ... for ever
//     setter:  ............. flag = true, notify: nobody waits
//
// The race: the waiter looks and falls asleep as one step, but only for those who take its lock. An
//           atomic flag makes the store whole; it does not keep it out of that step.
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

RACEKIT_SCENARIO(flag_without_lock, racy, fixed, .title = "Told between the look and the sleep",
                 .bug_class = "lost wake-up", .cwe = 667, .stress = racekit::may_find("hang"),
                 .tsan = racekit::finds("deadlock"), .model = racekit::finds("lost wake-up"),
                 .reference = "libstdc++ proxied waits: the store moved under the mutex");
