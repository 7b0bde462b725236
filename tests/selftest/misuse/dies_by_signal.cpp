// SPDX-License-Identifier: MIT
// A thread of the test body dies of a signal.
#include <racekit/scenario.hpp>

#include <cstdlib>

namespace {

struct racy {
    racekit::atomic<int> steps{0};

    void die() {
        int* volatile nowhere = nullptr;
        *nowhere = 1;  // dies here
    }
};

struct fixed {
    racekit::atomic<int> steps{0};

    void die() {
        std::abort();  // dies here
    }
};

template <class program>
struct dies_by_signal {
    static constexpr int threads = 2;
    program shared;

    void thread(int self) {
        shared.steps.fetch_add(1);
        if (self == 1) shared.die();
    }
};

}  // namespace

RACEKIT_SCENARIO(dies_by_signal, racy, fixed, .title = "Dies of a signal", .bug_class = "misuse",
                 .stress = racekit::finds, .tsan = racekit::finds,
                 .model = racekit::absent("the model has tests of its own"),
                 .never_passes = "a thread always dies");
