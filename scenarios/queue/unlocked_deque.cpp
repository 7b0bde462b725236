// SPDX-License-Identifier: MIT
// Unlocked deque. Two threads push into one std::deque, as if it were a concurrent queue.
//
//     thread 0:  end at 0 ................. slot 0 = a, end = 1
//     thread 1:  .......... end at 0 ............................ slot 0 = b, end = 1    1 is lost
//
// The race: containers of the standard library leave locking to the caller; push_back reads and
//           writes the end of the deque.
// The fix:  one lock around every use.
//
// The deque has room for both items, so nothing is allocated; an allocation could corrupt the heap.
#include <racekit/lock/mutex.hpp>
#include <racekit/scenario.hpp>

#include <deque>

namespace {

struct racy {
    std::deque<int> items;

    void push(int item) {
        items.push_back(item);  // <- race
    }
};

struct fixed {
    racekit::mutex gate;
    std::deque<int> items;

    void push(int item) {
        racekit::scoped_lock hold(gate);
        items.push_back(item);
    }
};

template <class queue>
struct unlocked_deque {
    static constexpr int threads = 2;
    queue shared;

    void thread(int self) { shared.push(self); }
    void after() { RACEKIT_CHECK_EQUAL(2U, shared.items.size()); }
};

}  // namespace

RACEKIT_SCENARIO(unlocked_deque, racy, fixed,
                 .title = "A std::deque shared by two threads without a lock",
                 .bug_class = "data race", .cwe = 820,
                 .stress = racekit::may_find("failed check"), .tsan = racekit::finds("data race"),
                 .model = racekit::absent("it does not see accesses inside std::deque"),
                 .reference = "Deadlock Empire S3");
