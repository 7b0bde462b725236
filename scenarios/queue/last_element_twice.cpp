// SPDX-License-Identifier: MIT
// Last element twice. A work-stealing deque gives its last task to its owner and to a thief.
//
//     owner:  bottom = 1 (not yet visible) .. top is 0: two left, takes task 1 without a CAS
//     thief:  top 0 -> 1: steals task 0 .. bottom is still 2: steals task 1
//
// The race: owner and thief each write one index and then read the other one. Release and acquire
//           let both read an old value, so both take the last task (store buffering).
// The fix:  seq_cst on both: at least one sees the other's write, and then both compete in the
//           compare-exchange of `top`, which one of them wins.
#include <racekit/scenario.hpp>

namespace {

struct racy {
    static constexpr auto announce = std::memory_order_release;
    static constexpr auto look = std::memory_order_acquire;
};

struct fixed {
    static constexpr auto announce = std::memory_order_seq_cst;  // bottom, before top is read
    static constexpr auto look = std::memory_order_seq_cst;      // top, then bottom
};

/// The deque of Chase and Lev without growth: it contains the tasks top .. bottom - 1.
template <class orders>
struct deque {
    racekit::atomic<int> top{0};
    racekit::atomic<int> bottom{2};

    bool claim(int task) { return top.compare_exchange_strong(task, task + 1); }

    int take() {
        int const task = bottom.load(std::memory_order_relaxed) - 1;  // only the owner writes it
        bottom.store(task, orders::announce);
        int const first = top.load(orders::look);
        if (first < task) return task;
        bottom.store(task + 1, std::memory_order_release);
        return first == task && claim(task) ? task : -1;
    }
    int steal() {
        int const task = top.load(orders::look);
        return task < bottom.load(orders::look) && claim(task) ? task : -1;
    }
};

template <class orders>
struct last_element_twice {
    static constexpr int threads = 2;
    deque<orders> tasks;
    int taken = -1;
    int stolen[2] = {-1, -1};

    void thread(int self) {
        if (self == 0) {
            taken = tasks.take();
        } else {
            for (int& each : stolen) each = tasks.steal();
        }
    }
    void after() {
        RACEKIT_CHECK(taken == -1 || (taken != stolen[0] && taken != stolen[1]));
        RACEKIT_CHECK(stolen[0] == -1 || stolen[0] != stolen[1]);
    }
};

}  // namespace

RACEKIT_SCENARIO(last_element_twice, racy, fixed, .title = "The last task of a deque, taken twice",
                 .bug_class = "weak ordering", .cwe = 821,
                 .stress = racekit::may_find("failed check"), .tsan = racekit::blind,
                 .model = racekit::finds("failed check"),
                 .blind_why = "all accesses are atomic, and no load returns an old value",
                 .reference = "Lê, Pop, Cohen, Zappa Nardelli, PPoPP 2013 (the deque's fences)");
