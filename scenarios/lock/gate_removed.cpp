// SPDX-License-Identifier: MIT
// Gate removed. Two locks are taken in both orders; only an outer lock made that safe.
//
//     thread 0:  lock a .......... wants b: waits ...
//     thread 1:  ........ lock b .................... wants a: waits        for ever
//
// The race: a and b are taken in opposite orders. While every thread took an outer lock first, no
//           two threads could do so at the same time. Then somebody removed the outer lock.
// The fix:  keep the outer lock, and a comment that gives the reason.
//
// ThreadSanitizer itself reports a lock-order inversion with and without the gate. The tsan
// detector does not: a lock that both threads hold keeps the two orders apart.
#include <racekit/lock/mutex.hpp>
#include <racekit/scenario.hpp>

namespace {

struct racy {
    struct no_gate {
        explicit no_gate(racekit::mutex&) {}
        ~no_gate() {}
    };
    using outer_lock = no_gate;  // <- race
};

struct fixed {
    using outer_lock = racekit::scoped_lock<racekit::mutex>;
};

template <class how>
struct gate_removed {
    static constexpr int threads = 2;
    racekit::mutex gate;
    racekit::mutex locks[2];
    racekit::plain<int> visits{0};

    void thread(int self) {
        typename how::outer_lock alone(gate);
        racekit::scoped_lock first(locks[self]);       // <- race
        racekit::scoped_lock second(locks[1 - self]);  // <- race
        visits.write(visits.read() + 1);
    }
    void after() { RACEKIT_CHECK_EQUAL(2, visits.read()); }
    int outcome() { return visits.read(); }
};

}  // namespace

RACEKIT_SCENARIO(gate_removed, racy, fixed,
                 .title = "The outer lock that made two lock orders safe",
                 .bug_class = "deadlock", .cwe = 833, .stress = racekit::may_find("hang"),
                 .tsan = racekit::finds("deadlock"),
                 .model = racekit::finds("deadlock"),
                 .reference = "a known false alarm of lock-order checkers");
