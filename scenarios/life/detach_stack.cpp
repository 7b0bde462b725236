// SPDX-License-Identifier: MIT
// Detach from the stack. A thread uses a local variable of the function that started it, after that
// function has returned.
//
//     function:  request = 7, start, detach, return: request is gone
//     helper:    .................................................... reads request -> garbage
//
// The race: detach() means that nobody waits for the helper; but it holds a reference to a local
//           variable of the function, which ends at the return.
// The fix:  join before the function returns. (Or give the helper its own copy.)
//
// The local variable owns a heap block, because the detectors see when a heap block is freed. They
// do not see the end of a stack frame.
#include <racekit/scenario.hpp>

#include <memory>

namespace {

struct racy {
    static void part_with(racekit::thread& helper) { helper.detach(); }
};

struct fixed {
    static void part_with(racekit::thread& helper) { helper.join(); }
};

template <class parting>
struct detach_stack {
    static constexpr int threads = 1;
    static constexpr int spawned = 1;
    racekit::atomic<int> accepted{0};
    racekit::atomic<bool> is_served{false};
    int served = 0;

    void thread(int) {
        auto const request = std::make_unique<racekit::plain<int>>(7);
        racekit::thread helper([this, &lent = *request] {
            served = lent.read();  // <- race
            is_served.store(true);
            is_served.notify_one();
        });
        parting::part_with(helper);
        accepted.fetch_add(1);  // if this takes long, the helper is finished first
    }  // <- race
    void after() {
        is_served.wait(false);  // a detached helper may still run
        RACEKIT_CHECK_EQUAL(7, served);
    }
};

}  // namespace

RACEKIT_SCENARIO(detach_stack, racy, fixed,
                 .title = "A detached thread uses a local that is gone",
                 .bug_class = "use after free", .cwe = 416,
                 .stress = racekit::may_find("failed check"), .tsan = racekit::finds,
                 .model = racekit::finds,
                 .reference = "GoBench, anonymous functions that capture by reference (4 kernels)");
