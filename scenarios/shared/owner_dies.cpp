// SPDX-License-Identifier: MIT
// The owner dies. A process is killed while it holds a lock in shared memory; the other one waits
// for ever.
//
//     process 0:  lock, debit, killed
//     process 1:  .................... lock ... for ever
//
// The mistake: an ordinary lock is a number in memory, and a dead process does not unlock.
// The fix:     a robust lock passes to the next process, and reports that its owner died; that
//              process first repairs the half-done update. It needs both: the robust lock and the
//              repair.
#include <racekit/lock/process_mutex.hpp>
#include <racekit/lock/robust_mutex.hpp>
#include <racekit/scenario.hpp>

namespace {

struct racy {
    racekit::process_mutex gate;
    racekit::plain<int> here{100};
    racekit::plain<int> there{0};

    void lock() { gate.lock(); }  // <- race
};

struct fixed {
    racekit::robust_mutex gate;
    racekit::plain<int> here{100};
    racekit::plain<int> there{0};

    void lock() {
        if (gate.lock() == racekit::lock_state::acquired) return;
        there.write(100 - here.read());  // finishes the transfer
        gate.mark_consistent();
    }
};

template <class accounts>
struct owner_dies {
    static constexpr int processes = 2;
    static constexpr int mortal = 0;
    accounts shared;

    void process(int self) {
        shared.lock();
        self == 0 ? transfer(10) : audit();
        shared.gate.unlock();
    }

    void transfer(int amount) {
        shared.here.write(shared.here.read() - amount);
        shared.there.write(shared.there.read() + amount);
    }

    void audit() { RACEKIT_CHECK_EQUAL(100, shared.here.read() + shared.there.read()); }
};

}  // namespace

RACEKIT_SCENARIO(owner_dies, racy, fixed, .title = "A lock whose owner was killed",
                 .bug_class = "orphaned lock", .cwe = 667,
                 .tsan = racekit::absent("it injects no process crash"),
                 .model = racekit::finds("deadlock"), .process = racekit::finds("hang"),
                 .reference = "POSIX robust mutexes; CPython bpo-30975; glibc BZ 20973");
