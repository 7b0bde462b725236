// SPDX-License-Identifier: MIT
// Wait without a predicate. The notification comes first; a condition variable remembers nothing.
//
//     waiter:  ............................ lock, waits ... for ever
//     setter:  ready, notify: nobody waits
//
// The race: a notification is for those who wait at that moment. Whoever waits for it, and not for
//           what it tells, must not be late.
// The fix:  wait for the state, under the lock that guards it: who comes late sees it, and does not
//           wait at all.
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

RACEKIT_SCENARIO(wait_without_predicate, racy, fixed, .title = "Notified before it waits",
                 .bug_class = "lost wake-up", .cwe = 667, .stress = racekit::may_find("hang"),
                 .tsan = racekit::finds("deadlock"), .model = racekit::finds("lost wake-up"),
                 .reference = "jcstress API_03: a notify that nobody hears");
