// SPDX-License-Identifier: MIT
// A scenario that was there before the project's own detector: it does not mention it.
#include <racekit/scenario.hpp>

struct racy {
    racekit::atomic<int> count{0};
    void add() { count.store(count.load() + 1); }
};
struct fixed {
    racekit::atomic<int> count{0};
    void add() { count.fetch_add(1); }
};

template <class counter>
struct mentions_no_detector {
    static constexpr int threads = 2;
    counter shared;
    void thread(int) { shared.add(); }
    void after() { RACEKIT_CHECK_EQUAL(2, shared.count.load()); }
};
RACEKIT_SCENARIO(mentions_no_detector, racy, fixed, .title = "Two additions, one is lost",
                 .bug_class = "atomicity violation", .stress = racekit::may_find,
                 .tsan = racekit::absent("not built"), .model = racekit::absent("not built"));
