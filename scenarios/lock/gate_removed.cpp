// SPDX-License-Identifier: MIT
// Gate removed. Two locks are taken in both orders, and it was the third one that made that safe.
//
//     thread 0:  lock a .......... wants b: waits ...
//     thread 1:  ........ lock b .................... wants a: waits        for ever
//
// The race: a and b are taken in opposite orders. While everybody went through an outer lock first
//           nobody could meet half-way; somebody found that lock superfluous.
// The fix:  the outer lock stays, and the comment that says why.
//
// ThreadSanitizer reports the inversion with the gate as without it: a false alarm, and the reason
// why it is not asked here. The model tells the two apart, for it looks for the deadlock itself.
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

RACEKIT_SCENARIO(gate_removed, racy, fixed, .title = "The lock that made two orders safe",
                 .bug_class = "deadlock", .cwe = 833, .stress = racekit::may_find("hang"),
                 .tsan = racekit::absent("takes the fixed one for an inversion: it knows no gates"),
                 .model = racekit::finds("deadlock"),
                 .reference = "a false alarm of lock-order checkers, and how it comes true");
