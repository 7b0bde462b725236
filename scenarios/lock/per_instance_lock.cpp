// SPDX-License-Identifier: MIT
// A lock per instance. Two turnstiles count into one number, each under its own lock.
//
//     turnstile 0:  lock 0, read 0 ................. write 1
//     turnstile 1:  .............. lock 1, read 0 ......... write 1        visitors: 1, not 2
//
// The race: a lock excludes only threads that take the same lock. Here every thread locks, but each
//           object has its own lock, while all objects share the counter.
// The fix:  one lock for the counter, next to it: static if the counter is static.
#include <racekit/lock/mutex.hpp>
#include <racekit/scenario.hpp>

namespace {

struct racy {
    static constexpr int lock_of(int turnstile) { return turnstile; }
};

struct fixed {
    static constexpr int lock_of(int) { return 0; }
};

template <class choice>
struct per_instance_lock {
    static constexpr int threads = 2;
    racekit::mutex locks[2];
    racekit::plain<int> visitors{0};

    void thread(int self) {
        racekit::scoped_lock hold(locks[choice::lock_of(self)]);
        visitors.write(visitors.read() + 1);  // <- race
    }
    void after() { RACEKIT_CHECK_EQUAL(2, visitors.read()); }
    int outcome() { return visitors.read(); }
};

}  // namespace

RACEKIT_SCENARIO(per_instance_lock, racy, fixed, .title = "One counter, but a lock per object",
                 .bug_class = "wrong lock", .cwe = 413,
                 .stress = racekit::may_find("failed check"), .tsan = racekit::finds("data race"),
                 .model = racekit::finds("data race"),
                 .reference = "DataRaceBench 119: nested locks that do not meet");
