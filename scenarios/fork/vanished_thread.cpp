// SPDX-License-Identifier: MIT
// Vanished thread. A process with a worker thread forks, and the child gives the worker a job.
//
//     worker:   waits for a job ........................ (exists only in the parent)
//     parent:   ................. fork
//     child:    ...................... job, wait for it ... for ever: no thread does it
//
// The mistake: fork copies all memory and one thread. The memory of the child says that the worker
//              was started and is idle; that is true only in the parent.
// The fix:     the child starts its own worker before it needs one.
#include <racekit/scenario.hpp>

namespace {

/// Waits for one job and does it.
struct service {
    racekit::atomic<int> job{0};
    racekit::atomic<int> done{0};

    void work() {
        (void)racekit::await(job, [](int number) { return number != 0; });
        done.store(job.load());
    }
    void order(int number) {
        job.store(number);
        (void)racekit::await(done, [=](int which) { return which == number; });
    }
};

struct racy {
    static void use_in_child(service& copied) { copied.order(7); }
};

struct fixed {
    static void use_in_child(service& copied) {
        racekit::thread worker([&] { copied.work(); });
        copied.order(7);
        worker.join();
    }
};

template <class user>
struct vanished_thread {
    static constexpr int threads = 2;
    service shared;

    void thread(int self) {
        if (self == 0) return shared.work();
        racekit::process child([this] { user::use_in_child(shared); });
        RACEKIT_CHECK(child.join().clean());
        shared.order(7);
    }
};

}  // namespace

RACEKIT_SCENARIO(vanished_thread, racy, fixed,
                 .title = "A worker thread that does not exist after the fork",
                 .bug_class = "deadlock", .cwe = 833, .stress = racekit::finds("hang"),
                 .tsan = racekit::absent("its schedule does not extend to a forked child"),
                 .model = racekit::absent("its processes share all memory: fork copies none"),
                 .never_passes = "fork never copies a thread other than its caller",
                 .reference = "CPython multiprocessing: a queue's feeder thread after fork");
