// SPDX-License-Identifier: MIT
// Wait without a loop. A consumer is woken for an item that another consumer takes first.
//
//     consumer 0:  none: waits ......................... woken: takes one: -1 left
//     producer:    ............ puts 1, notifies
//     consumer 1:  ...................... one: takes it
//
// The race: between the notification and the return of wait() the lock is free, and another thread
//           may take the item. A wake-up may also be spurious.
// The fix:  check in a loop: a wake-up only means that it is worth checking again.
//
// ThreadSanitizer itself has nothing to report: everything happens under the lock.
#include <racekit/lock/condition_variable.hpp>
#include <racekit/scenario.hpp>

namespace {

struct store {
    racekit::mutex gate;
    racekit::condition_variable filled;
    racekit::plain<int> items{0};

    void put() {
        racekit::scoped_lock hold(gate);
        items.write(items.read() + 1);
        filled.notify_one();
    }
};

struct racy : store {
    void take() {
        racekit::unique_lock hold(gate);
        if (items.read() == 0) filled.wait(hold);  // <- race
        RACEKIT_CHECK(items.read() > 0);
        items.write(items.read() - 1);
    }
};

struct fixed : store {
    void take() {
        racekit::unique_lock hold(gate);
        while (items.read() == 0) filled.wait(hold);
        RACEKIT_CHECK(items.read() > 0);
        items.write(items.read() - 1);
    }
};

template <class store>
struct wait_without_loop {
    static constexpr int threads = 3;
    store shared;

    void thread(int self) {
        if (self != 0) return shared.take();
        shared.put();
        shared.put();
    }
};

}  // namespace

RACEKIT_SCENARIO(wait_without_loop, racy, fixed,
                 .title = "A woken consumer finds that another one was faster",
                 .bug_class = "stolen wake-up", .cwe = 821,
                 .stress = racekit::may_find("failed check"),
                 .tsan = racekit::finds("failed check"), .model = racekit::finds("failed check"),
                 .reference = "Deadlock Empire, condition variables 1; glibc BZ#12875");
