// SPDX-License-Identifier: MIT
// Feeder latency. An item that was just put is not in the queue yet: a feeder thread still has it.
//
//     producer:  put 7 (into the feeder's buffer) .. try_get: empty
//     feeder:    ................................................... moves 7 into the queue
//
// The race: put() returns when the item is in a buffer. A queue between processes hands its items
//           to a thread that encodes and sends them later.
// The fix:  wait for the item. An item that will come need not be there already.
#include <racekit/queue/blocking_queue.hpp>
#include <racekit/scenario.hpp>

namespace {

struct racy {
    racekit::blocking_queue<int> queue{1};

    auto take(int& item) { return queue.try_get(item); }  // <- race
};

struct fixed {
    racekit::blocking_queue<int> queue{1};

    auto take(int& item) { return queue.get(item); }
};

template <class receiver>
struct feeder_latency {
    static constexpr int threads = 2;
    racekit::blocking_queue<int> buffer{1};
    receiver shared;

    void thread(int self) {
        int item = 0;
        if (self == 1) {
            RACEKIT_CHECK(buffer.get(item) == racekit::queue_state::done);
            RACEKIT_CHECK(shared.queue.put(int(item)) == racekit::queue_state::done);
        } else {
            RACEKIT_CHECK(buffer.put(7) == racekit::queue_state::done);
            RACEKIT_CHECK(shared.take(item) == racekit::queue_state::done);
            RACEKIT_CHECK_EQUAL(7, item);
        }
    }
};

}  // namespace

RACEKIT_SCENARIO(feeder_latency, racy, fixed, .title = "An item that is put but not yet visible",
                 .bug_class = "ordering assumption", .cwe = 362,
                 .stress = racekit::may_find("failed check"),
                 .tsan = racekit::finds("failed check"), .model = racekit::finds("failed check"),
                 .reference = "CPython gh-75275: multiprocessing.Queue, put() then get_nowait()");
