// SPDX-License-Identifier: MIT
// One sentinel. One token stops two workers; one of them waits for a second token.
//
//     worker 0:  stopping? no .. get: waits .................. gets the token, stops
//     worker 1:  stopping? no .. get: waits .................................... for ever
//     owner:     .......................... stopping, put token
//
// The race: a worker that reads the flag late stops without a token; a worker that already waits
//           needs one, and the owner assumes that at most one worker waits.
// The fix:  one token per worker. (Or close the queue, which wakes every worker.)
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
