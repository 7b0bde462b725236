// SPDX-License-Identifier: MIT
// Clients of treiber_stack that need every one of its orders, and its recheck.
#pragma once

#include "mutation/mutation.hpp"

#include <racekit/queue/treiber_stack.hpp>

namespace racekit::mutation {

/// Each thread runs its `moves` on a stack with some elements: + pushes, - pops and frees every
/// node that may be freed. No element is lost or duplicated.
template <class orders, int begins, class Moves>
struct over_and_under {
    static constexpr int threads = Moves::threads;
    void act(int thread) {
        for (char const* move = Moves::of(thread); *move != '\0'; ++move) {
            int got = 0;
            if (*move == '+') {
                stack.push(10 * thread + 10);
                sum[thread] += 10 * thread + 10;
            } else if (stack.try_pop(got)) {
                sum[thread] -= got;
                stack.reclaim();
            }
        }
    }
    void after() {
        int total = 0;
        int got = 0;
        for (int thread = 0; thread < threads; ++thread) total += sum[thread];
        while (stack.try_pop(got)) total -= got;
        RACEKIT_CHECK_EQUAL(0, total);
    }
    over_and_under() {
        for (int element = 1; element <= begins; ++element) {
            stack.push(element);
            sum[0] += element;
        }
    }

    treiber_stack<int, orders> stack;
    int sum[threads] = {};
};

struct one_pushes_one_pops {
    static constexpr int threads = 2;
    static char const* of(int thread) { return thread == 0 ? "+" : "-"; }
};
struct both_pop {
    static constexpr int threads = 2;
    static char const* of(int) { return "-"; }
};
struct pops_and_comes_back {
    static constexpr int threads = 2;
    static char const* of(int thread) { return thread == 0 ? "-" : "-+"; }
};
struct both_push_and_pop {
    static constexpr int threads = 2;
    static char const* of(int) { return "+-"; }
};

template <class orders>
void clients(trial& over) {
    over.client<over_and_under<orders, 0, one_pushes_one_pops>>("a push and a pop");
    over.client<over_and_under<orders, 1, both_pop>>("two pops of one");
    over.large_client<over_and_under<orders, 2, both_pop>>("two pops of two");
    over.large_client<over_and_under<orders, 1, pops_and_comes_back>>("a pop, a pop and a push");
    over.large_client<over_and_under<orders, 0, both_push_and_pop>>("a push and a pop each");
}

}  // namespace racekit::mutation
