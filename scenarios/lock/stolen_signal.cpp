// SPDX-License-Identifier: MIT
// A stolen signal. A condition variable lets a later waiter have what an earlier one was woken by.
//
//     waiter 1:  waits ............................................. gets the next one instead
//     notifier:  ....... stage 1: notifies the only one there ... stage 2: notifies
//     waiter 2:  .................................... waits, takes it, waits again ... for ever
//
// The race: the notification is a token in a bag. It was for those who waited when it was made, but
//           who comes later, and finds it before they wake, takes it.
// The fix:  every waiter has a number and notifications go up to a number: who comes later has a
//           higher one.
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
    racekit::plain<int> stage{0};
    racekit::atomic<bool> begun{false};

    void thread(int self) {
        if (self == 2) (void)racekit::await(begun, [](bool it) { return it; });
        if (self != 0) return await_stage(self);
        advance();
        begun.store(true);  // so that the first notification is for waiter 1 alone
        advance();
    }
    void advance() {
        racekit::scoped_lock hold(gate);
        stage.write(stage.read() + 1);
        if (all.notified.load() == all.waiters.read()) return;
        all.notified.fetch_add(1);
        racekit::futex_wake(all.notified);
    }
    void await_stage(int wanted) {
        racekit::unique_lock hold(gate);
        while (stage.read() < wanted) wait(hold);
    }
    void wait(racekit::unique_lock<racekit::mutex>& held) {
        std::uint32_t const mine = all.waiters.read();
        all.waiters.write(mine + 1);
        while (!rule::may_leave(all, mine)) {
            std::uint32_t const told = all.notified.load();
            held.unlock();
            (void)racekit::futex_wait(all.notified, told);
            held.lock();
        }
    }
};

}  // namespace

RACEKIT_SCENARIO(stolen_signal, racy, fixed, .title = "Woken in the place of another",
                 .bug_class = "lost wake-up", .cwe = 667, .stress = racekit::may_find("hang"),
                 .tsan = racekit::finds("deadlock"), .model = racekit::finds("lost wake-up"),
                 .reference = "glibc BZ#25847 and the two groups of its condition variable");
