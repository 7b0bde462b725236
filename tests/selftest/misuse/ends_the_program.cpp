// SPDX-License-Identifier: MIT
// A thread of the test body ends the whole program, and returns the code of success.
#include <racekit/scenario.hpp>

#include <cstdlib>
#include <unistd.h>

namespace {

struct racy {
    racekit::atomic<int> steps{0};

    void leave() { std::exit(0); }
};

struct fixed {
    racekit::atomic<int> steps{0};

    void leave() { ::_exit(0); }
};

template <class program>
struct ends_the_program {
    static constexpr int threads = 2;
    program shared;

    void thread(int self) {
        shared.steps.fetch_add(1);
        if (self == 1) shared.leave();
    }
};

}  // namespace

RACEKIT_SCENARIO(ends_the_program, racy, fixed, .title = "Leaves before there is a verdict",
                 .bug_class = "misuse", .stress = racekit::may_find, .tsan = racekit::may_find,
                 .model = racekit::may_find);
