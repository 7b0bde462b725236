// SPDX-License-Identifier: MIT
// Peterson's lock with acquire and release. Each thread sees the other one outside; both enter.
//
//     thread 0:  wants[0] = true (in the store buffer) .. wants[1]? no: inside
//     thread 1:  wants[1] = true (in the store buffer) .. wants[0]? no: inside
//
// The race: each thread stores its own flag, then loads the other flag. Release and acquire allow a
//           load to take effect before an earlier store to another object; every x86 processor
//           does this.
// The fix:  seq_cst for the stores and the loads: in their single total order at least one flag is
//           set before both are read.
#include <racekit/scenario.hpp>

namespace {

struct racy {
    static constexpr auto announce = std::memory_order_release;
    static constexpr auto look = std::memory_order_acquire;
};

struct fixed {
    static constexpr auto announce = std::memory_order_seq_cst;
    static constexpr auto look = std::memory_order_seq_cst;
};

template <class orders>
struct peterson_acq_rel {
    static constexpr int threads = 2;
    racekit::atomic<bool> wants[2] = {false, false};
    racekit::atomic<int> last{0};
    racekit::plain<int> sum{0};

    void thread(int self) {
        int const other = 1 - self;
        wants[self].store(true, orders::announce);
        last.store(self, orders::announce);
        while (wants[other].load(orders::look) && last.load(orders::look) == self)
            racekit::spin_hint();
        sum.write(sum.read() + 1);  // <- race
        wants[self].store(false, orders::announce);
    }
    void after() { RACEKIT_CHECK_EQUAL(2, sum.read()); }
    int outcome() { return sum.read(); }
};

}  // namespace

RACEKIT_SCENARIO(peterson_acq_rel, racy, fixed,
                 .title = "Peterson's lock without seq_cst admits two threads",
                 .bug_class = "weak ordering", .cwe = 821,
                 .stress = racekit::may_find("failed check"), .tsan = racekit::blind,
                 .model = racekit::finds("data race"),
                 .blind_why = "it runs one thread at a time, so no store is delayed",
                 .reference = "Peterson 1981; jcstress Mutex_01");
