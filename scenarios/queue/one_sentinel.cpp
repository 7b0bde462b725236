// SPDX-License-Identifier: MIT
// One sentinel. Two workers are told to stop with one token; one of them waits for another one.
//
//     worker 0:  stopping? no .. get: waits .................. gets the token, stops
//     worker 1:  stopping? no .. get: waits .................................... for ever
//     owner:     .......................... stopping, put token
//
// The race: a worker that looks at the flag in time stops by it; one that waits already needs a
//           token, and the owner counts on at most one of those.
// The fix:  a token for each worker. (Or close the queue: that wakes everyone.)
#include <racekit/queue/blocking_queue.hpp>
#include <racekit/scenario.hpp>

namespace {

constexpr int workers = 2;
constexpr int token = -1;

struct racy {
    racekit::blocking_queue<int> tasks{workers};
    static constexpr int tokens = 1;
};

struct fixed {
    racekit::blocking_queue<int> tasks{workers};
    static constexpr int tokens = workers;
};

template <class pool>
struct one_sentinel {
    static constexpr int threads = workers + 1;
    pool shared;
    racekit::atomic<bool> stopping{false};

    void thread(int self) { self < workers ? work() : stop(); }

    void work() {
        if (stopping.load()) return;
        int task = 0;
        auto const how = shared.tasks.get(task);
        RACEKIT_CHECK(how == racekit::queue_state::done && task == token);
    }
    void stop() {
        stopping.store(true);
        for (int put = 0; put < pool::tokens; ++put)
            RACEKIT_CHECK(shared.tasks.try_put(int(token)) == racekit::queue_state::done);
    }
};

}  // namespace

RACEKIT_SCENARIO(one_sentinel, racy, fixed, .title = "One stop token for two workers",
                 .bug_class = "lost wake-up", .cwe = 833, .stress = racekit::may_find("hang"),
                 .tsan = racekit::finds("deadlock"), .model = racekit::finds("deadlock"),
                 .reference = "GoBench, communication deadlocks (17 kernels)");
