// SPDX-License-Identifier: MIT
// A party died. One of those who are waited for fails on its way to the barrier; the rest wait on.
//
//     party 0:  ................. the file is not there: gives up
//     party 1:  at the barrier ................................... waits ... for ever
//     writer:   ......................................................... makes the file
//
// The race: whether the file is there in time depends on who is faster. If not, the barrier counts
//           on somebody who will not come, and nobody says so.
// The fix:  who cannot come aborts the barrier: all who wait, and all who come, are told that it is
//           broken, and can give up or begin again.
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

RACEKIT_SCENARIO(party_died, racy, fixed, .title = "At a barrier, for somebody who will not come",
                 .bug_class = "deadlock", .cwe = 833, .stress = racekit::may_find("hang"),
                 .tsan = racekit::finds("deadlock"), .model = racekit::finds("deadlock"),
                 .reference = "CPython gh-123899, bpo-30975: a barrier whose party was killed");
