// SPDX-License-Identifier: MIT
// A callback sees a half-done update. A re-entrant lock admits the callback of its own thread.
//
//     thread 0:  ........ lock, here -10, call: lock again, total 90 .... there +10, unlock
//     thread 1:  listen
//
// The race: a lock excludes other threads; a re-entrant lock does not exclude its own thread.
//           Whether a callback is registered in time depends on the schedule.
// The fix:  call when the invariant holds again: after the last step of the update.
#include <racekit/lock/mutex.hpp>
#include <racekit/scenario.hpp>

namespace {

class reentrant_lock {
public:
    void lock() {
        int const self = static_cast<int>(racekit::thread_number());
        // Relaxed: only this thread's own store makes it equal, and a thread sees its own stores.
        if (owner_.load(std::memory_order_relaxed) != self) gate_.lock();
        owner_.store(self, std::memory_order_relaxed);
        ++depth_;
    }
    void unlock() {
        if (--depth_ > 0) return;
        owner_.store(nobody, std::memory_order_relaxed);
        gate_.unlock();
    }

private:
    static constexpr int nobody = -1;
    racekit::mutex gate_;
    racekit::atomic<int> owner_{nobody};
    int depth_ = 0;
};

struct racy {
    template <class bank>
    static void finish(bank& all, int amount) {
        all.notify();  // <- race
        all.there.write(all.there.read() + amount);
    }
};

struct fixed {
    template <class bank>
    static void finish(bank& all, int amount) {
        all.there.write(all.there.read() + amount);
        all.notify();
    }
};

template <class order>
struct callback_sees_half {
    static constexpr int threads = 2;
    reentrant_lock gate;
    racekit::atomic<bool> listening{false};
    racekit::plain<int> here{50}, there{50};

    void thread(int self) { self == 0 ? transfer(10) : listening.store(true); }
    void transfer(int amount) {
        racekit::scoped_lock hold(gate);
        here.write(here.read() - amount);
        order::finish(*this, amount);
    }
    void notify() {
        if (listening.load()) RACEKIT_CHECK_EQUAL(100, total());
    }
    int total() {
        racekit::scoped_lock hold(gate);
        return here.read() + there.read();
    }
};

}  // namespace

RACEKIT_SCENARIO(callback_sees_half, racy, fixed, .title = "A callback in the middle of an update",
                 .bug_class = "re-entrancy", .cwe = 1265,
                 .stress = racekit::may_find("failed check"),
                 .tsan = racekit::finds("failed check"), .model = racekit::finds("failed check"),
                 .reference = "sentry-python#803, wandb#11402: RLock and signal or GC callbacks");
