// SPDX-License-Identifier: MIT
// Locked twice. get() and set() each take the value's lock; between them the other process comes.
//
//     process 0:  get 0 (locked) ..................... set 1 (locked)
//     process 1:  ............... get 0 (locked) .................... set 1 (locked)        not 2
//
// The race: two locked steps are not one. Python's Value has the same trap: `v.value += 1` is a
//           locked read and a locked write.
// The fix:  one update() under one hold of the lock.
#include <racekit/scenario.hpp>
#include <racekit/shared/copied_value.hpp>

namespace {

struct racy {
    racekit::copied_value<int, 2> balance;

    void deposit() {
        balance.set(balance.get() + 1);  // <- race
    }
};

struct fixed {
    racekit::copied_value<int, 2> balance;

    void deposit() {
        balance.update([](int& now) { ++now; });
    }
};

template <class account>
struct locked_twice {
    static constexpr int processes = 2;
    account shared;

    void process(int) { shared.deposit(); }
    void after() { RACEKIT_CHECK_EQUAL(2, shared.balance.get()); }
    int outcome() { return shared.balance.get(); }
};

}  // namespace

RACEKIT_SCENARIO(locked_twice, racy, fixed,
                 .title = "A locked get and a locked set, one deposit lost",
                 .bug_class = "atomicity violation", .cwe = 821, .tsan = racekit::blind,
                 .model = racekit::finds("failed check"),
                 .process = racekit::finds("failed check"),
                 .blind_why = "TSan sees one process at a time, and each access is locked",
                 .reference = "Bendersky 2012, default locking of multiprocessing.Value");
