// SPDX-License-Identifier: MIT
// Detach from the stack. A thread goes on using a local variable of the function that started it,
// after that function has returned.
//
//     function:  request = 7, start, detach, return: request is gone
//     helper:    .................................................... reads request -> rubbish
//
// The race: detaching says "I shall not wait for you"; what the helper was lent by reference lives
//           no longer than the one who lent it.
// The fix:  join before the frame dies. (Or give the helper a copy of its own.)
//
// The local owns a block of the heap, whose end the detectors see; the end of a stack frame
// nobody tells them.
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
        accepted.fetch_add(1);  // in a slow moment here, all goes well
    }  // <- race
    void after() {
        is_served.wait(false);  // a detached one may still be under way
        RACEKIT_CHECK_EQUAL(7, served);
    }
};

}  // namespace

RACEKIT_SCENARIO(detach_stack, racy, fixed,
                 .title = "A detached thread and a local that is gone",
                 .bug_class = "use after free", .cwe = 416,
                 .stress = racekit::may_find("failed check"), .tsan = racekit::finds,
                 .model = racekit::finds,
                 .reference = "GoBench, anonymous functions that capture by reference (4 kernels)");
