// SPDX-License-Identifier: MIT
// Lost count. Two processes count visitors in shared memory; one increment is lost.
//
//     process 0:  load 0 ............. store 1
//     process 1:  ........ load 0 .............. store 1        visitors: 1, not 2
//
// The race: the counter is atomic, but load and store are two steps, and the other process can run
//           between them. (A lock must lie in shared memory to exclude the other process.)
// The fix:  one atomic read-modify-write. Relaxed is enough: the count publishes nothing else.
#include <racekit/scenario.hpp>

namespace {

struct racy {
    racekit::atomic<int> visitors{0};

    void enter() {
        int const seen = visitors.load(std::memory_order_relaxed);
        visitors.store(seen + 1, std::memory_order_relaxed);  // <- race
    }
};

struct fixed {
    racekit::atomic<int> visitors{0};

    void enter() {
        visitors.fetch_add(1, std::memory_order_relaxed);
    }
};

template <class counter>
struct lost_count {
    static constexpr int processes = 2;
    counter shared;

    void process(int) { shared.enter(); }
    void after() {
        RACEKIT_CHECK_EQUAL(2, shared.visitors.load());
    }
    int outcome() { return shared.visitors.load(); }
};

}  // namespace

RACEKIT_SCENARIO(lost_count, racy, fixed, .title = "Two processes count, one increment is lost",
                 .bug_class = "atomicity violation", .cwe = 362,
                 .tsan = racekit::blind, .model = racekit::finds("failed check"),
                 .process = racekit::finds("failed check"),
                 .blind_why = "TSan sees one process at a time, and every access is atomic",
                 .reference = "Bendersky 2012, Python multiprocessing.Value: 435 of 500",
                 .racy_shown = "0.1.0.1");
