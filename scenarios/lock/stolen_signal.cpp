// SPDX-License-Identifier: MIT
// A stolen signal. A later waiter consumes the notification that was meant for an earlier one.
//
//     waiter 1:  waits ............................................. gets the next one instead
//     notifier:  ....... phase 1: notifies the only one there ... phase 2: notifies
//     waiter 2:  .................................... waits, takes it, waits again ... for ever
//
// The race: notifications are only counted. One was meant for the threads that waited at that time,
//           but a thread that comes later can take it before they wake up.
// The fix:  number the waiters, and notify all numbers below a limit: a later waiter has a number
//           above it.
#include <racekit/lock/mutex.hpp>
#include <racekit/scenario.hpp>

#include <cstdint>

namespace {

struct counts {
    racekit::plain<std::uint32_t> waiters{0};
    racekit::plain<std::uint32_t> woken{0};
    racekit::atomic<std::uint32_t> notified{0};
};

struct racy {
    static bool may_leave(counts& all, std::uint32_t /*mine*/) {
        if (all.woken.read() == all.notified.load()) return false;
        all.woken.write(all.woken.read() + 1);  // <- race
        return true;
    }
};

struct fixed {
    static bool may_leave(counts& all, std::uint32_t mine) { return mine < all.notified.load(); }
};

template <class rule>
struct stolen_signal {
    static constexpr int threads = 3;
    racekit::mutex gate;
    counts all;
    racekit::plain<int> phase{0};
    racekit::atomic<bool> begun{false};

    void thread(int self) {
        if (self == 2) (void)racekit::await(begun, [](bool it) { return it; });
        if (self != 0) return await_phase(self);
        advance();
        begun.store(true);  // only now waiter 2 starts: the first notification is for waiter 1
        advance();
    }
    void advance() {
        racekit::scoped_lock hold(gate);
        phase.write(phase.read() + 1);
        if (all.notified.load() == all.waiters.read()) return;
        all.notified.fetch_add(1);
        racekit::futex_wake(all.notified);
    }
    void await_phase(int wanted) {
        racekit::unique_lock hold(gate);
        while (phase.read() < wanted) wait(hold);
    }
    void wait(racekit::unique_lock<racekit::mutex>& held) {
        std::uint32_t const mine = all.waiters.read();
        all.waiters.write(mine + 1);
        while (!rule::may_leave(all, mine)) {
            std::uint32_t const seen = all.notified.load();
            held.unlock();
            (void)racekit::futex_wait(all.notified, seen);
            held.lock();
        }
    }
};

}  // namespace

RACEKIT_SCENARIO(stolen_signal, racy, fixed,
                 .title = "A later waiter consumes an earlier waiter's notification",
                 .bug_class = "lost wake-up", .cwe = 667, .stress = racekit::may_find("hang"),
                 .tsan = racekit::finds("deadlock"), .model = racekit::finds("lost wake-up"),
                 .reference = "glibc BZ#25847 and the two groups of its condition variable");
