// SPDX-License-Identifier: MIT
// Inherited lock. A process forks while another of its threads holds a lock; the child inherits the
// locked lock, but not the thread.
//
//     thread 0:  lock ......................... unlock: in the parent
//     thread 1:  ...... fork
//     child:     ........... lock ... for ever: its copy stays locked
//
// The race: fork copies all memory and one thread. Whatever the other threads had half done stays
//           so in the child: a lock stays locked, a list stays half linked.
// The fix:  take the lock, fork, and unlock on both sides: then no other thread is inside. This is
//           what pthread_atfork() is for, and what malloc does. (Or spawn instead of forking.)
#include <racekit/lock/mutex.hpp>
#include <racekit/scenario.hpp>

namespace {

struct racy {
    racekit::mutex gate;

    void use() {
        racekit::scoped_lock hold(gate);
        racekit::spin_hint();
    }

    racekit::process fork() {
        return racekit::process([this] { use(); });  // <- race
    }
};

struct fixed {
    racekit::mutex gate;

    void use() {
        racekit::scoped_lock hold(gate);
        racekit::spin_hint();
    }

    racekit::process fork() {
        racekit::scoped_lock hold(gate);
        return racekit::process([this] {
            gate.unlock();
            use();
        });
    }
};

template <class parent>
struct inherited_lock {
    static constexpr int threads = 2;
    parent shared;
    racekit::atomic<bool> is_forked{false};

    void thread(int self) {
        if (self == 0) {
            for (; !is_forked.load(); racekit::spin_hint()) shared.use();
        } else {
            racekit::process child = shared.fork();
            is_forked.store(true);
            RACEKIT_CHECK(child.join().clean());
        }
    }
};

}  // namespace

RACEKIT_SCENARIO(inherited_lock, racy, fixed,
                 .title = "A lock that was held at the fork",
                 .bug_class = "deadlock", .cwe = 667, .stress = racekit::finds("hang"),
                 .tsan = racekit::absent("its schedule does not extend to a forked child"),
                 .model = racekit::absent("its processes share all memory: fork copies none"),
                 .reference = "CPython bpo-6721, gh-81610, gh-74580: fork with locks held");
