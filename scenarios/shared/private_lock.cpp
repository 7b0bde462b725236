// SPDX-License-Identifier: MIT
// Private lock. A lock of one process, put into shared memory: it excludes, but it does not wake.
//
//     process 0:  lock, works ........................ unlock, wakes a sleeper of its own process
//     process 1:  ........... lock: held, falls asleep ........................... for ever
//
// The mistake: the kernel finds the sleepers of a private lock by process and address, and process
//              1 sleeps under another process. Only while nobody has to sleep it seems to work.
// The fix:     a lock that is made for several processes.
#include <racekit/lock/mutex.hpp>
#include <racekit/lock/process_mutex.hpp>
#include <racekit/scenario.hpp>

#include <chrono>

namespace {

struct racy {
    racekit::mutex gate;
};

struct fixed {
    racekit::process_mutex gate;
};

template <class lock>
struct private_lock {
    static constexpr int processes = 2;
    lock shared;
    racekit::plain<int> count{0};

    void process(int) {
        shared.gate.lock();
        int const seen = count.read();
        // The other one falls asleep.
        racekit::this_thread::sleep_for(std::chrono::milliseconds(20));
        count.write(seen + 1);
        shared.gate.unlock();
    }
    void after() { RACEKIT_CHECK_EQUAL(2, count.read()); }
};

}  // namespace

RACEKIT_SCENARIO(private_lock, racy, fixed, .title = "A lock of one process in shared memory",
                 .bug_class = "wrong attribute", .cwe = 821,
                 .tsan = racekit::absent("threads of one process are what the lock is for"),
                 .model = racekit::absent("in the model all processes are threads of one"),
                 .process = racekit::finds("hang"),
                 .reference = "pthread_mutexattr_setpshared(3); FUTEX_PRIVATE_FLAG in futex(2)");
