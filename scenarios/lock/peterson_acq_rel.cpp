// SPDX-License-Identifier: MIT
// Peterson's lock with acquire and release. Both threads see the other one outside, and both go in.
//
//     thread 0:  wants[0] = true (still on its way) .. wants[1]? no: inside
//     thread 1:  wants[1] = true (still on its way) .. wants[0]? no: inside
//
// The race: each stores its own flag, then loads the other's. Release and acquire let a load go
//           before an earlier store to another place, and so does every x86 processor.
// The fix:  seq_cst for the stores and the loads: there is one order of all of them, and in it at
//           least one of the two flags is set before both are looked at.
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
                 .title = "Two in Peterson's lock, for want of one order of all",
                 .bug_class = "weak ordering", .cwe = 821,
                 .stress = racekit::may_find("failed check"), .tsan = racekit::blind,
                 .model = racekit::finds("data race"),
                 .blind_why = "one thread runs at a time, and none leaves a store behind",
                 .reference = "Peterson 1981; jcstress Mutex_01");
