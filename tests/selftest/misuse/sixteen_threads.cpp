// SPDX-License-Identifier: MIT
// More threads than a test body can have.
#include <racekit/scenario.hpp>

namespace {

struct racy {
    racekit::atomic<int> steps{0};
};

struct fixed : racy {};

template <class state>
struct sixteen_threads {
    static constexpr int threads = 16;
    state shared;

    void thread(int) { shared.steps.fetch_add(1); }
};

}  // namespace

RACEKIT_SCENARIO(sixteen_threads, racy, fixed, .title = "Sixteen threads", .bug_class = "misuse",
                 .stress = racekit::blind, .tsan = racekit::absent("a test of the list"),
                 .model = racekit::absent("a test of the list"));
