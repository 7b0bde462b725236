// SPDX-License-Identifier: MIT
// Protected too late. A hazard pointer goes up over a node that is already gone.
//
//     thread 0:  top is n .................................... hazard = n   reads n->next: freed
//     thread 1:  ......... takes n off, no hazard: frees n ..
//
// The race: between reading top and raising the hazard pointer nobody knows that n is in use. Who
//           took n off has looked in between and found no one.
// The fix:  look at top once more when the hazard pointer is up. If n is still there, it is not
//           retired yet, and whoever retires it from now on sees the hazard pointer.
//
// treiber_free tells what happens with no hazard pointer at all. Here there is one, right in every
// order, and of no use for want of a second look.
#include <racekit/queue/treiber_stack.hpp>
#include <racekit/scenario.hpp>

namespace {

struct racy : racekit::treiber_stack_orders {
    static constexpr bool recheck = false;
};

struct fixed : racekit::treiber_stack_orders {
    static constexpr bool recheck = true;  // once protected: it may have been freed before
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

RACEKIT_SCENARIO(protected_too_late, racy, fixed, .title = "A node protected when it is gone",
                 .bug_class = "use after free", .cwe = 416, .stress = racekit::blind,
                 .tsan = racekit::finds, .model = racekit::finds("use after free"),
                 .blind_why = "what was read from freed memory is thrown away: the exchange fails",
                 .reference = "Michael 2004, Hazard Pointers: the second look at the source");
