// SPDX-License-Identifier: MIT
// Try-lock livelock. Two threads each hold one lock, try the other's, back off and start again:
// both are busy, and neither makes progress.
//
//     thread 0:  lock a ........ try b: no, unlock a .................. lock a ........ try b: no
//     thread 1:  ....... lock b .................... try a: no, unlock b ....... lock b ..........
//
// The race: backing off avoids the deadlock, but no rule decides which thread goes first. As long
//           as both run in step, each finds the other's lock taken.
// The fix:  one lock order for all threads. The holder of the first lock has no competitor for the
//           second, and a thread that waits for the first waits for one that makes progress.
//
// Whether it lasts for ever depends on timing. Here each thread tries twice, and at least one of
// them must succeed.
#include <racekit/lock/mutex.hpp>
#include <racekit/scenario.hpp>

namespace {

struct racy {
    racekit::mutex left, right;

    bool try_both(int self) {
        racekit::mutex& first = self == 0 ? left : right;
        racekit::mutex& second = self == 0 ? right : left;
        racekit::scoped_lock hold(first);
        if (!second.try_lock()) return false;
        second.unlock();
        return true;
    }
};

struct fixed {
    racekit::mutex left, right;

    bool try_both(int) {
        racekit::mutex& first = left;
        racekit::mutex& second = right;
        racekit::scoped_lock hold(first);
        if (!second.try_lock()) return false;
        second.unlock();
        return true;
    }
};

template <class pair>
struct try_lock_livelock {
    static constexpr int threads = 2;
    pair shared;
    bool got[threads] = {};

    void thread(int self) {
        for (int round = 0; round != 2 && !got[self]; ++round) got[self] = shared.try_both(self);
    }
    void after() { RACEKIT_CHECK(got[0] || got[1]); }
};

}  // namespace

RACEKIT_SCENARIO(try_lock_livelock, racy, fixed,
                 .title = "Two threads back off from each other without end",
                 .bug_class = "livelock", .cwe = 833, .stress = racekit::may_find("failed check"),
                 .tsan = racekit::finds("failed check"), .model = racekit::finds("failed check"),
                 .reference = "jcstress Classic_01 (dining philosophers); std::lock's back-off");
