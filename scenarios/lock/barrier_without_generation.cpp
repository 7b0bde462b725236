// SPDX-License-Identifier: MIT
// A barrier without generations. A fast thread enters the next phase before a slow one has left.
//
//     slow:  1 of 2: waits for 0 ....................................... sees 1: waits, for ever
//     fast:  ................... 2 of 2: 0, notify; next phase: 1 of 2, waits ......... for ever
//
// The race: the counter that says "all have arrived" is counted up again in the next phase. A slow
//           thread reads it late, sees a partial count and keeps waiting.
// The fix:  wait until the phase number changes, not until the counter does. A phase number is
//           never reused.
#include <racekit/lock/condition_variable.hpp>
#include <racekit/scenario.hpp>

namespace {

struct racy {
    static bool may_leave(int arrived, int /*phase*/, int /*mine*/) { return arrived == 0; }
};

struct fixed {
    static bool may_leave(int /*arrived*/, int phase, int mine) { return phase != mine; }
};

template <class rule>
class barrier {
public:
    void arrive_and_wait() {
        racekit::unique_lock hold(gate_);
        int const mine = phase_.read();
        arrived_.write(arrived_.read() + 1);
        if (arrived_.read() == parties) {
            arrived_.write(0);
            phase_.write(mine + 1);
            all_here_.notify_all();
        }
        while (!rule::may_leave(arrived_.read(), phase_.read(), mine))
            all_here_.wait(hold);
    }

private:
    static constexpr int parties = 2;
    racekit::mutex gate_;
    racekit::condition_variable all_here_;
    racekit::plain<int> arrived_{0};
    racekit::plain<int> phase_{0};
};

template <class rule>
struct barrier_without_generation {
    static constexpr int threads = 2;
    barrier<rule> shared;

    void thread(int) {
        shared.arrive_and_wait();
        shared.arrive_and_wait();
    }
};

}  // namespace

RACEKIT_SCENARIO(barrier_without_generation, racy, fixed,
                 .title = "A slow thread caught in the next phase of a barrier",
                 .bug_class = "phase mix", .cwe = 821, .stress = racekit::may_find("hang"),
                 .tsan = racekit::finds("deadlock"), .model = racekit::finds("lost wake-up"),
                 .reference = "Deadlock Empire, high level 4; DataRaceBench 185, 187, 189");
