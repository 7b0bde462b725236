// SPDX-License-Identifier: MIT
// Destroyed in unlock. The last user frees an object while another thread still unlocks its lock.
//
//     thread 0:  lock, 2 -> 1, taken = false ........................... owner = nobody, in what
//     thread 1:  ........................... lock, 1 -> 0, unlock, free                  is freed
//
// The race: the store that releases the lock lets the other thread run until it frees the object.
//           Every later access of unlock() may touch freed memory.
// The fix:  the store that releases the lock is the last access of unlock().
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

RACEKIT_SCENARIO(destroy_in_unlock, racy, fixed,
                 .title = "An object freed while its lock is being unlocked",
                 .bug_class = "use after free", .cwe = 416, .stress = racekit::may_find,
                 .tsan = racekit::finds, .model = racekit::finds("use after free"),
                 .reference = "POSIX, rationale of pthread_mutex_destroy; musl 88c4e72");
