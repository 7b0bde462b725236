// SPDX-License-Identifier: MIT
// Protected too late. A thread sets its hazard pointer to a node that is already freed.
//
//     thread 0:  top is n .................................... hazard = n   reads n->next: freed
//     thread 1:  ......... pops n, no hazard: frees n ..
//
// The race: between the load of top and the store of the hazard pointer nothing shows that n is in
//           use. The thread that popped n scanned the hazard pointers in between and found none.
// The fix:  load top again after the store of the hazard pointer. If n is still on top, it is not
//           retired yet, and a thread that retires it later sees the hazard pointer.
//
// treiber_free shows the same without hazard pointers. Here there is one, with correct memory
// orders but without the second load.
#include <racekit/queue/treiber_stack.hpp>
#include <racekit/scenario.hpp>

namespace {

struct racy : racekit::treiber_stack_orders {
    static constexpr bool recheck = false;
};

struct fixed : racekit::treiber_stack_orders {
    static constexpr bool recheck = true;  // after the store: the node may already be freed
};

template <class orders>
struct protected_too_late {
    static constexpr int threads = 2;
    racekit::treiber_stack<int, orders> stack;
    int got[threads] = {};

    void before() { stack.push(1); }
    void thread(int self) {
        (void)stack.try_pop(got[self]);  // <- race
        if (self == 1) stack.reclaim();  // <- race
    }
    void after() { RACEKIT_CHECK_EQUAL(1, got[0] + got[1]); }
};

}  // namespace

RACEKIT_SCENARIO(protected_too_late, racy, fixed,
                 .title = "A hazard pointer set after the node was freed",
                 .bug_class = "use after free", .cwe = 416, .stress = racekit::blind,
                 .tsan = racekit::finds, .model = racekit::finds("use after free"),
                 .blind_why = "the value read is discarded: the exchange fails",
                 .reference = "Michael 2004, Hazard Pointers: the second look at the source");
