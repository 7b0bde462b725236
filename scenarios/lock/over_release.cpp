// SPDX-License-Identifier: MIT
// Released too often. A thread that got no permit releases one: two threads are inside, limit one.
//
//     thread 0:  acquire: got it, inside ............................................. inside
//     thread 1:  ....................... try: none left, "clean up": release
//     thread 2:  ......................................................... acquire: got it, inside
//
// The race: the attempt fails only if another thread is inside; then the release creates an extra
//           permit. A semaphore does not know which threads hold its permits.
// The fix:  release only what was acquired; a guard does this. A bounded_semaphore detects the
//           extra release, but only when the last holder releases, which is too late here.
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

RACEKIT_SCENARIO(over_release, racy, fixed, .title = "A semaphore released without an acquire",
                 .bug_class = "permit overflow", .cwe = 765,
                 .stress = racekit::may_find("failed check"),
                 .tsan = racekit::finds("failed check"), .model = racekit::finds("failed check"),
                 .reference = "Deadlock Empire, semaphores 1: a release without an acquire");
