// SPDX-License-Identifier: MIT
// More calls in one another than ThreadSanitizer's runtime keeps (65,536), in small frames: its own
// memory is overwritten then, and it may die before the stack ends.
#include <racekit/scenario.hpp>

namespace {

int sum_to(int last) {
    int volatile one = 1;
    return last <= 0 ? 0 : one + sum_to(last - one) * one;
}

struct racy {
    static constexpr int calls = 1'000'000'000;
};
struct fixed {
    static constexpr int calls = 100;
};

template <class depth>
struct calls_too_deeply {
    static constexpr int threads = 2;
    racekit::atomic<int> sum{0};

    void thread(int self) {
        if (self == 0) sum.store(sum_to(depth::calls));
        sum.fetch_add(1);
    }
};

}  // namespace

RACEKIT_SCENARIO(calls_too_deeply, racy, fixed, .title = "Too many calls in one another",
                 .bug_class = "misuse", .stress = racekit::finds, .tsan = racekit::finds,
                 .model = racekit::absent("the model has tests of its own"),
                 .never_passes = "the stack ends");
