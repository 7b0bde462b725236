// SPDX-License-Identifier: MIT
// Stranded waiter. A lock that sleeps in the kernel forgets that somebody else sleeps there too.
//
//     thread 0:  (holds) unlock, was 2: wakes one
//     thread 1:  sleeps ......................... takes it as 1 ... unlock, was 1: wakes nobody
//     thread 2:  sleeps ............................................................... for ever
//
// The race: the word says 1 held, 2 held and somebody may sleep. Who was woken and takes the lock
//           as 1 overwrites the only trace of those who sleep on.
// The fix:  who has slept takes it as 2, for it cannot know whether it was the last one. The price
//           is one wake too many, never one too few.
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
    /// The slow half of lock(), for those who found it held and made the word 2.
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
    racekit::atomic<std::uint32_t> word_{2};  // thread 0 is inside, the others go to sleep
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
                 .title = "A lock that forgets who else sleeps on it",
                 .bug_class = "lost wake-up", .cwe = 667, .stress = racekit::may_find("hang"),
                 .tsan = racekit::finds("deadlock"), .model = racekit::finds("lost wake-up"),
                 .reference = "musl 0db393d (__lockfile); Drepper 2004, Futexes Are Tricky");
