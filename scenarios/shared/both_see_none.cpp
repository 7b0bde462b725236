// SPDX-License-Identifier: MIT
// Both see none. Two processes raise a flag each and look at the other's; neither sees one.
//
//     process 0:  flag 0 = 1 (in the store buffer) .. flag 1? 0: leader
//     process 1:  flag 1 = 1 (in the store buffer) .. flag 0? 0: leader
//
// The race: release and acquire let a load overtake an earlier store to another object.
// The fix:  seq_cst for both: at least one load comes after both stores.
#include <racekit/scenario.hpp>

namespace {

struct racy {
    static constexpr auto raise = std::memory_order_release;
    static constexpr auto look = std::memory_order_acquire;
};

struct fixed {
    static constexpr auto raise = std::memory_order_seq_cst;
    static constexpr auto look = std::memory_order_seq_cst;
};

template <class orders>
struct both_see_none {
    static constexpr int processes = 2;
    racekit::atomic<int> flag[2] = {0, 0};
    racekit::atomic<int> leaders{0};

    void process(int self) {
        flag[self].store(1, orders::raise);
        if (flag[1 - self].load(orders::look) == 0) leaders.fetch_add(1);
    }
    void after() { RACEKIT_CHECK(leaders.load() <= 1); }
    int outcome() { return leaders.load(); }
};

}  // namespace

RACEKIT_SCENARIO(both_see_none, racy, fixed, .title = "Two leaders, because neither saw the other",
                 .bug_class = "weak ordering", .cwe = 821, .tsan = racekit::blind,
                 .model = racekit::finds("failed check"),
                 .process = racekit::may_find("failed check"),
                 .blind_why = "TSan sees one process at a time, and every access is atomic",
                 .reference = "store buffering; jcstress BasicJMM_07");
