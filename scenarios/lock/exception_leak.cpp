// SPDX-License-Identifier: MIT
// Exception leak. A withdrawal fails and leaves the function without unlocking.
//
//     thread 0:  lock, 0 does not cover 10: throws
//     thread 1:  ................................. deposit: lock ... for ever
//
// The race: the withdrawal throws only if it runs before the deposit. An exception or an early
//           return between lock() and unlock() skips the unlock.
// The fix:  a guard, whose destructor unlocks on every way out.
#include <racekit/lock/mutex.hpp>
#include <racekit/scenario.hpp>

namespace {

struct not_covered {};

struct racy {
    racekit::mutex gate;
    racekit::plain<int> balance{0};

    void withdraw(int amount) {
        gate.lock();
        if (balance.read() < amount) throw not_covered();  // <- race
        balance.write(balance.read() - amount);
        gate.unlock();
    }
};

struct fixed {
    racekit::mutex gate;
    racekit::plain<int> balance{0};

    void withdraw(int amount) {
        racekit::scoped_lock hold(gate);
        if (balance.read() < amount) throw not_covered();
        balance.write(balance.read() - amount);
    }
};

template <class account>
struct exception_leak {
    static constexpr int threads = 2;
    account shared;

    void thread(int self) { self == 0 ? withdraw() : deposit(); }

    void withdraw() {
        try {
            shared.withdraw(10);
        } catch (not_covered const&) {
        }
    }
    void deposit() {
        racekit::scoped_lock hold(shared.gate);
        shared.balance.write(shared.balance.read() + 10);
    }
    int outcome() { return shared.balance.read(); }
};

}  // namespace

RACEKIT_SCENARIO(exception_leak, racy, fixed, .title = "An exception that leaves the lock locked",
                 .bug_class = "lock leak", .cwe = 772, .stress = racekit::may_find("hang"),
                 .tsan = racekit::finds("deadlock"), .model = racekit::finds("deadlock"),
                 .reference = "GoBench, resource deadlocks: a return path without unlock");
