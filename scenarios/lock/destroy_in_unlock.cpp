// SPDX-License-Identifier: MIT
// Destroyed in unlock. The last user frees an object whose lock is still being given up.
//
//     thread 0:  lock, 2 -> 1, taken = false ........................... owner = nobody, in what
//     thread 1:  ........................... lock, 1 -> 0, unlock, free                  is freed
//
// The race: the store that frees the lock lets the other thread through all the way to the end of
//           the object's life; what unlock() still touches after it may be gone.
// The fix:  the store that frees the lock is the last touch. Everything else comes before it.
#include <racekit/lock/guard.hpp>
#include <racekit/scenario.hpp>

namespace {

constexpr int nobody = -1;

struct tracked_lock {
    racekit::atomic<bool> taken{false};
    racekit::atomic<int> owner{nobody};

    void lock() {
        while (taken.exchange(true)) (void)racekit::await(taken, [](bool it) { return !it; });
        owner.store(static_cast<int>(racekit::thread_number()));
    }
};

struct racy : tracked_lock {
    void unlock() {
        taken.store(false);
        owner.store(nobody);  // <- race
    }
};

struct fixed : tracked_lock {
    void unlock() {
        owner.store(nobody);
        taken.store(false);
    }
};

template <class lock>
struct destroy_in_unlock {
    static constexpr int threads = 2;

    struct object {
        lock gate;
        racekit::plain<int> references{2};

        int drop() {
            racekit::scoped_lock hold(gate);
            references.write(references.read() - 1);
            return references.read();
        }
    };
    object* shared = new object;

    void thread(int) {
        if (shared->drop() == 0) delete shared;  // <- race
    }
};

}  // namespace

RACEKIT_SCENARIO(destroy_in_unlock, racy, fixed, .title = "Freed while its lock is being given up",
                 .bug_class = "use after free", .cwe = 416, .stress = racekit::may_find,
                 .tsan = racekit::finds, .model = racekit::finds("use after free"),
                 .reference = "POSIX, rationale of pthread_mutex_destroy; musl 88c4e72");
