// SPDX-License-Identifier: MIT
// Wait without a predicate. The notification comes first; a condition variable does not store it.
//
//     waiter:  ............................ lock, waits ... for ever
//     setter:  ready, notify: nobody waits
//
// The race: a notification reaches only threads that already wait. A thread that waits for the
//           notification, and not for a state, may come too late.
// The fix:  wait for the state, under the lock that protects it: a late thread sees the state and
//           does not wait.
#include <racekit/lock/condition_variable.hpp>
#include <racekit/scenario.hpp>

namespace {

struct task {
    racekit::mutex gate;
    racekit::condition_variable changed;
    racekit::plain<bool> ready{false};

    void finish() {
        racekit::scoped_lock hold(gate);
        ready.write(true);
        changed.notify_one();
    }
};

struct racy : task {
    void await() {
        racekit::unique_lock hold(gate);
        changed.wait(hold);  // <- race
    }
};

struct fixed : task {
    void await() {
        racekit::unique_lock hold(gate);
        changed.wait(hold, [this] { return ready.read(); });
    }
};

template <class task>
struct wait_without_predicate {
    static constexpr int threads = 2;
    task shared;

    void thread(int self) { self == 0 ? shared.finish() : shared.await(); }
};

}  // namespace

RACEKIT_SCENARIO(wait_without_predicate, racy, fixed, .title = "A notification before the wait",
                 .bug_class = "lost wake-up", .cwe = 667, .stress = racekit::may_find("hang"),
                 .tsan = racekit::finds("deadlock"), .model = racekit::finds("lost wake-up"),
                 .reference = "jcstress API_03: a notify without a waiter");
