// SPDX-License-Identifier: MIT
// A party leaves. One thread fails on its way to the barrier; the others keep waiting.
//
//     party 0:  ................. the file is missing: gives up
//     party 1:  at the barrier ................................... waits ... for ever
//     writer:   ......................................................... creates the file
//
// The race: whether the file exists in time depends on the schedule. If not, the barrier waits for
//           a thread that will not come, and the others are not informed.
// The fix:  a thread that cannot come aborts the barrier. All current and later waiters then get
//           broken_barrier, and can give up or start again.
#include <racekit/lock/barrier.hpp>
#include <racekit/scenario.hpp>

namespace {

struct racy {
    static void give_up(racekit::barrier&) {}  // <- race
};

struct fixed {
    static void give_up(racekit::barrier& met) { met.abort(); }
};

template <class manners>
struct party_died {
    static constexpr int threads = 3;
    racekit::barrier loaded{2};
    racekit::atomic<bool> file_there{false};

    void thread(int self) {
        if (self == 2) return file_there.store(true);
        if (self == 0 && !file_there.load()) return manners::give_up(loaded);
        try {
            (void)loaded.wait();
        } catch (racekit::broken_barrier const&) {
            return;
        }
    }
};

}  // namespace

RACEKIT_SCENARIO(party_died, racy, fixed, .title = "A barrier that waits for a thread that gave up",
                 .bug_class = "deadlock", .cwe = 833, .stress = racekit::may_find("hang"),
                 .tsan = racekit::finds("deadlock"), .model = racekit::finds("deadlock"),
                 .reference = "CPython gh-123899, bpo-30975: a barrier whose party was killed");
