// SPDX-License-Identifier: MIT
// An order violation: the reader takes it for granted that the setter ran before it.
//
//     setter:  ...... limit = 7
//     reader:  limit is 0
//
// Fixed: the limit is set where it is constructed.
#include <racekit/scenario.hpp>

struct racy {
    racekit::atomic<int> limit{0};
    void set() { limit.store(7); }
};
struct fixed {
    racekit::atomic<int> limit{7};
    void set() {}
};

template <class settings>
struct used_before_set {
    static constexpr int threads = 2;
    settings shared;
    int seen = 0;
    void thread(int self) {
        if (self == 0) shared.set();
        else seen = shared.limit.load();
    }
    std::string outcome() { return seen == 7 ? "7" : "wrong: 0"; }
    void after() { RACEKIT_CHECK_EQUAL(7, seen); }
};
RACEKIT_SCENARIO(used_before_set, racy, fixed, .title = "A limit is read before it is set",
                 .bug_class = "order violation", .stress = racekit::may_find,
                 .tsan = racekit::absent("not built"), .model = racekit::absent("not built"),
                 .others = {{"backwards", racekit::finds(racekit::failed_check)}});
