// SPDX-License-Identifier: MIT
// Vanished thread. A process with a worker forks, and the child gives the worker a job.
//
//     worker:   wait for a job ......................... (of the parent, and only there)
//     parent:   ................. fork
//     child:    ...................... job, wait for it ... for ever: nobody is there to do it
//
// The mistake: fork copies all memory and one thread. What the memory says of the worker, that it
//              was started and is idle, is true of the parent alone.
// The fix:     the child starts a worker of its own before it needs one.
#include <racekit/scenario.hpp>

namespace {

/// Does one job, when there is one.
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

RACEKIT_SCENARIO(vanished_thread, racy, fixed, .title = "A worker that fork left behind",
                 .bug_class = "deadlock", .cwe = 833, .stress = racekit::finds("hang"),
                 .tsan = racekit::absent("its schedule would not come along into the child"),
                 .model = racekit::absent("its processes share all memory: nothing is copied"),
                 .never_passes = "fork never copies a thread other than its caller",
                 .reference = "CPython multiprocessing: a queue's feeder thread after fork");
