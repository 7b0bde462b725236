// SPDX-License-Identifier: MIT
// Lost count. Two processes count visitors in shared memory; one visitor vanishes.
//
//     process 0:  load 0 ............. store 1
//     process 1:  ........ load 0 .............. store 1        visitors: 1, not 2
//
// The race: the counter is atomic, yet loading and storing are two steps; the other process counts
// between them. A lock would have to lie in shared memory too; a private one keeps nobody out.
// The fix:  one read-modify-write, which no other process can come into. Relaxed all the same: a
//           count publishes nothing else.
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

RACEKIT_SCENARIO(lost_count, racy, fixed, .title = "Two processes count, one of them in vain",
                 .bug_class = "atomicity violation", .cwe = 362,
                 .tsan = racekit::blind, .model = racekit::finds("failed check"),
                 .process = racekit::finds("failed check"),
                 .blind_why = "TSan sees one process at a time, and every access is atomic",
                 .reference = "Bendersky 2012, Python multiprocessing.Value: 435 of 500",
                 .racy_shown = "0.1.0.1");
