// SPDX-License-Identifier: MIT
// Try-lock livelock. Two who each hold one lock, try the other's, give way and start again: both
// are busy, both are polite, and neither gets on.
//
//     thread 0:  lock a ........ try b: no, unlock a .................. lock a ........ try b: no
//     thread 1:  ....... lock b .................... try a: no, unlock b ....... lock b ..........
//
// The race: giving way avoids the deadlock, but nobody decides who goes first: as long as the two
//           keep in step, each finds the other in its way.
// The fix:  one order for all. Who has the first lock then has nobody against it for the second,
//           and who waits for the first waits for one who gets on.
//
// "For ever" is a matter of luck; here each has patience for two rounds, and somebody must get
// through within them.
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

RACEKIT_SCENARIO(try_lock_livelock, racy, fixed, .title = "After you, no, after you",
                 .bug_class = "livelock", .cwe = 833, .stress = racekit::may_find("failed check"),
                 .tsan = racekit::finds("failed check"), .model = racekit::finds("failed check"),
                 .reference = "jcstress Classic_01 (dining philosophers); std::lock's back-off");
