// SPDX-License-Identifier: MIT
// Released too often. Who did not get a permit gives one back all the same: two are in, for a limit
// of one.
//
//     thread 0:  acquire: mine, inside ................................................. inside
//     thread 1:  ..................... try: none left, "clean up": release
//     thread 2:  ......................................................... acquire: mine, inside
//
// The race: only if somebody is inside does the attempt fail, and then the release makes a permit
//           out of nothing. A semaphore does not know whose its permits are.
// The fix:  give back only what was taken; a guard does it by itself. A bounded_semaphore tells,
//           but only when the last one gives back, too late for who is inside.
#include <racekit/lock/semaphore.hpp>
#include <racekit/scenario.hpp>

namespace {

struct racy {
    racekit::semaphore permits{1};

    void leave(bool /*mine*/) {
        permits.release();  // <- race
    }
};

struct fixed {
    racekit::semaphore permits{1};

    void leave(bool mine) {
        if (mine) permits.release();
    }
};

template <class room>
struct over_release {
    static constexpr int threads = 3;
    room shared;
    racekit::atomic<int> inside{0};

    void thread(int) {
        bool const mine = shared.permits.try_acquire();
        if (mine) {
            RACEKIT_CHECK_EQUAL(0, inside.fetch_add(1));
            inside.fetch_sub(1);
        }
        shared.leave(mine);
    }
};

}  // namespace

RACEKIT_SCENARIO(over_release, racy, fixed, .title = "A permit made out of nothing",
                 .bug_class = "permit overflow", .cwe = 765,
                 .stress = racekit::may_find("failed check"),
                 .tsan = racekit::finds("failed check"), .model = racekit::finds("failed check"),
                 .reference = "Deadlock Empire, semaphores 1: it releases what it never took");
