// SPDX-License-Identifier: MIT
// Clients of bounded_stack that need every one of its orders, and its tag.
#pragma once

#include "mutation/mutation.hpp"

#include <racekit/queue/bounded_stack.hpp>

#include <cstddef>
#include <initializer_list>

namespace racekit::mutation {

/// Each thread runs its `moves` (+ pushes, - pops) on a stack of `capacity` with some elements. No
/// element is lost or duplicated.
template <class orders, std::size_t capacity, int begins, class Moves>
struct up_and_down {
    static constexpr int threads = Moves::threads;
    void act(int thread) {
        for (char const* move = Moves::of(thread); *move != '\0'; ++move) {
            int got = 0;
            if (*move == '+') {
                if (stack.try_push(int(10 * thread + 10))) sum[thread] += 10 * thread + 10;
            } else if (stack.try_pop(got)) {
                sum[thread] -= got;
            }
        }
    }
    void after() {
        int total = 0;
        int got = 0;
        for (int thread = 0; thread < threads; ++thread) total += sum[thread];
        std::size_t left = 0;
        for (; left <= capacity && stack.try_pop(got); ++left) total -= got;
        RACEKIT_CHECK(left <= capacity);
        RACEKIT_CHECK_EQUAL(0, total);
    }
    up_and_down() {
        for (int element = 1; element <= begins; ++element) {
            (void)stack.try_push(int(element));
            sum[0] += element;
        }
    }

    bounded_stack<int, orders> stack{capacity};
    int sum[threads] = {};
};

struct push_and_pop {
    static constexpr int threads = 2;
    static char const* of(int thread) { return thread == 0 ? "+-" : "-+"; }
};
struct there_and_back {
    static constexpr int threads = 2;
    static char const* of(int thread) { return thread == 0 ? "-" : "--+"; }
};

template <class orders>
void clients(trial& over) {
    over.client<up_and_down<orders, 1, 0, push_and_pop>>("push and pop, 1 node");
    over.client<up_and_down<orders, 2, 2, there_and_back>>("there and back, 2 nodes");
    over.large_client<up_and_down<orders, 2, 1, push_and_pop>>("push and pop, 2 nodes");
}

}  // namespace racekit::mutation
