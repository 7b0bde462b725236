// SPDX-License-Identifier: MIT
// Stranded waiter. A futex lock loses the information that a second thread still sleeps on it.
//
//     thread 0:  (holds) unlock, was 2: wakes one
//     thread 1:  sleeps ......................... takes it as 1 ... unlock, was 1: wakes nobody
//     thread 2:  sleeps ............................................................... for ever
//
// The race: the value 1 means "locked", 2 means "locked, and threads may sleep". A woken thread
//           that takes the lock with 1 overwrites the only record of the threads that still sleep.
// The fix:  a thread that has slept takes the lock with 2, because it cannot know whether others
//           still sleep. The cost is one needless wake-up; no wake-up is lost.
#include <racekit/scenario.hpp>

#include <cstdint>

namespace {

struct racy {
    static constexpr std::uint32_t after_sleep = 1;  // <- race
};

struct fixed {
    static constexpr std::uint32_t after_sleep = 2;
};

template <class how>
class futex_lock {
public:
    /// The slow path of lock(): the caller found the lock held and has set the word to 2.
    void sleep_and_lock() {
        for (;;) {
            (void)racekit::futex_wait(word_, 2);
            std::uint32_t seen = 0;
            if (word_.compare_exchange_strong(seen, how::after_sleep)) return;
            if (seen == 1) (void)word_.compare_exchange_strong(seen, 2);
        }
    }
    void unlock() {
        if (word_.exchange(0) == 2) racekit::futex_wake(word_, 1);
    }

private:
    racekit::atomic<std::uint32_t> word_{2};  // thread 0 holds the lock, the others sleep
};

template <class how>
struct futex_stranded_waiter {
    static constexpr int threads = 3;
    futex_lock<how> gate;

    void thread(int self) {
        if (self != 0) gate.sleep_and_lock();
        gate.unlock();
    }
};

}  // namespace

RACEKIT_SCENARIO(futex_stranded_waiter, racy, fixed,
                 .title = "A futex lock that forgets its second waiter",
                 .bug_class = "lost wake-up", .cwe = 667, .stress = racekit::may_find("hang"),
                 .tsan = racekit::finds("deadlock"), .model = racekit::finds("lost wake-up"),
                 .reference = "musl 0db393d (__lockfile); Drepper 2004, Futexes Are Tricky");
