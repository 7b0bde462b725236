// SPDX-License-Identifier: MIT
// Empty, then pop. Two workers share one queue; both see its only task, and one of them gets it.
//
//     worker 0:  empty? no ............... takes the task
//     worker 1:  ......... empty? no ..................... finds nothing, though it had checked
//
// The race: each call is safe on its own, but the result of empty() may be outdated at the next
//           one.
// The fix:  one call that checks and takes in one step, and returns whether it did.
//
// ThreadSanitizer itself has nothing to report: each call takes the queue's lock.
#include <racekit/queue/blocking_queue.hpp>
#include <racekit/scenario.hpp>

namespace {

struct racy {
    racekit::blocking_queue<int> tasks{2};

    int work() {
        if (tasks.empty()) return 0;  // <- race
        int task = 0;
        auto const how = tasks.try_get(task);  // <- race
        RACEKIT_CHECK(how == racekit::queue_state::done);
        return task;
    }
};

struct fixed {
    racekit::blocking_queue<int> tasks{2};

    int work() {
        int task = 0;
        auto const how = tasks.try_get(task);
        if (how == racekit::queue_state::empty) return 0;
        RACEKIT_CHECK(how == racekit::queue_state::done);
        return task;
    }
};

template <class pool>
struct empty_then_pop {
    static constexpr int threads = 2;
    pool shared;
    int did[threads] = {};

    void before() { RACEKIT_CHECK(shared.tasks.put(7) == racekit::queue_state::done); }
    void thread(int self) { did[self] = shared.work(); }
    void after() { RACEKIT_CHECK_EQUAL(7, did[0] + did[1]); }
};

}  // namespace

RACEKIT_SCENARIO(empty_then_pop, racy, fixed,
                 .title = "The result of empty() is outdated when pop() runs",
                 .bug_class = "check then act", .cwe = 367,
                 .stress = racekit::may_find("failed check"),
                 .tsan = racekit::finds("failed check"), .model = racekit::finds("failed check"),
                 .reference = "PrefectHQ/prefect#5213; Deadlock Empire S3");
