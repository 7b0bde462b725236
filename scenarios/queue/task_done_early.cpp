// SPDX-License-Identifier: MIT
// Task done, early. A worker reports its task done before it has done it; join() returns too soon.
//
//     worker:  unfinished = 0 ....................................... result = 7
//     owner:   ................ join: nothing unfinished, reads result -> nothing
//
// The race: join() waits for the count, so the store to the count publishes the result. A result
//           written after that store is not published.
// The fix:  do the task, then report it.
#include <racekit/scenario.hpp>

namespace {

struct racy {
    racekit::atomic<int> unfinished{1};
    racekit::plain<int> result{0};

    void work() {
        unfinished.fetch_sub(1, std::memory_order_release);
        result.write(7);  // <- race
    }
};

struct fixed {
    racekit::atomic<int> unfinished{1};
    racekit::plain<int> result{0};

    void work() {
        result.write(7);
        unfinished.fetch_sub(1, std::memory_order_release);  // -> join: the result is there
    }
};

template <class queue>
struct task_done_early {
    static constexpr int threads = 2;
    queue shared;

    void join() {
        (void)racekit::await(shared.unfinished, [](int left) { return left == 0; });
    }
    void thread(int self) {
        if (self == 0) return shared.work();
        join();
        RACEKIT_CHECK_EQUAL(7, shared.result.read());  // <- race
    }
};

}  // namespace

RACEKIT_SCENARIO(task_done_early, racy, fixed, .title = "A task reported done before it is",
                 .bug_class = "order violation", .cwe = 362,
                 .stress = racekit::may_find("failed check"), .tsan = racekit::finds("data race"),
                 .model = racekit::finds("data race"),
                 .reference = "CPython Queue.task_done() and join()");
