// SPDX-License-Identifier: MIT
// Opposite order. Two transfers between the same accounts, in both directions, deadlock.
//
//     thread 0:  lock a .......... wants b: waits ...
//     thread 1:  ........ lock b .................... wants a: waits        for ever
//
// The race: each transfer locks its own `from` first, so each of the two may hold the lock that the
//           other needs.
// The fix:  every thread takes the two locks in one global order, here by address. Then the holder
//           of the later lock never waits for the earlier one.
//
// ThreadSanitizer reports the inversion even in a run that does not deadlock. In a run that
// deadlocks it reports nothing, and the detector shows which thread waits for which lock.
#include <racekit/lock/mutex.hpp>
#include <racekit/scenario.hpp>

namespace {

struct account {
    racekit::mutex gate;
    racekit::plain<int> balance{100};
};

struct racy {
    static void transfer(account& from, account& to, int amount) {
        racekit::scoped_lock first(from.gate);  // <- race
        racekit::scoped_lock second(to.gate);   // <- race
        from.balance.write(from.balance.read() - amount);
        to.balance.write(to.balance.read() + amount);
    }
};

struct fixed {
    static void transfer(account& from, account& to, int amount) {
        racekit::scoped_lock first(&from < &to ? from.gate : to.gate);
        racekit::scoped_lock second(&from < &to ? to.gate : from.gate);
        from.balance.write(from.balance.read() - amount);
        to.balance.write(to.balance.read() + amount);
    }
};

template <class bank>
struct opposite_order {
    static constexpr int threads = 2;
    account accounts[2];

    void thread(int self) { bank::transfer(accounts[self], accounts[1 - self], 10); }
    void after() {
        RACEKIT_CHECK_EQUAL(200, accounts[0].balance.read() + accounts[1].balance.read());
    }
};

}  // namespace

RACEKIT_SCENARIO(opposite_order, racy, fixed, .title = "Two locks taken in opposite orders",
                 .bug_class = "deadlock", .cwe = 833, .stress = racekit::may_find("hang"),
                 .tsan = racekit::finds("deadlock"), .model = racekit::finds("deadlock"),
                 .reference = "GoBench kernel cockroach#10214 (AB-BA); Deadlock Empire, level 2",
                 .racy_shown = "0.1.0.1");
