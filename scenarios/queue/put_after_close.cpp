// SPDX-License-Identifier: MIT
// Put after close. A producer's item is accepted, but no consumer ever takes it.
//
//     producer:  closed? no ................................ counts the item: accepted
//     closer:    .......... closed = true, takes all there is                   1 item is left over
//
// The race: the flag is read outside the lock, so the queue may be closed and emptied for the last
//           time between the check and the insertion.
// The fix:  check inside the lock that close also takes: an accepted item is there before the final
//           drain.
//
// ThreadSanitizer itself has nothing to report: the flag is atomic and the items are locked.
#include <racekit/lock/mutex.hpp>
#include <racekit/scenario.hpp>

namespace {

struct racy {
    racekit::mutex gate;
    racekit::atomic<bool> closed{false};
    racekit::plain<int> items{0};

    bool put() {
        if (closed.load()) return false;  // <- race
        racekit::scoped_lock hold(gate);
        items.write(items.read() + 1);
        return true;
    }
    int close_and_drain() {
        racekit::scoped_lock hold(gate);
        closed.store(true);  // <- race
        return items.read();
    }
};

struct fixed {
    racekit::mutex gate;
    racekit::atomic<bool> closed{false};
    racekit::plain<int> items{0};

    bool put() {
        racekit::scoped_lock hold(gate);
        if (closed.load()) return false;
        items.write(items.read() + 1);
        return true;
    }
    int close_and_drain() {
        racekit::scoped_lock hold(gate);
        closed.store(true);
        return items.read();
    }
};

template <class queue>
struct put_after_close {
    static constexpr int threads = 2;
    queue shared;
    int accepted = 0;
    int taken = 0;

    void thread(int self) {
        if (self == 0) {
            accepted = shared.put() ? 1 : 0;
        } else {
            taken = shared.close_and_drain();
        }
    }
    void after() { RACEKIT_CHECK_EQUAL(accepted, taken); }
    std::string outcome() {
        return std::to_string(accepted) + " accepted, " + std::to_string(taken) + " taken";
    }
};

}  // namespace

RACEKIT_SCENARIO(put_after_close, racy, fixed,
                 .title = "An item accepted by a closed queue",
                 .bug_class = "use after close", .cwe = 672,
                 .stress = racekit::may_find("failed check"),
                 .tsan = racekit::finds("failed check"), .model = racekit::finds("failed check"),
                 .reference = "GoBench, misuse of channels (6 kernels)",
                 .racy_shown = "0.1.1.1.1.0.0.0.0");
