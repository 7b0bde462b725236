// SPDX-License-Identifier: MIT
// No title.
#include <racekit/scenario.hpp>

namespace {

struct racy {
    racekit::atomic<int> steps{0};
};

struct fixed : racy {};

template <class state>
struct without_title {
    static constexpr int threads = 2;
    state shared;

    void thread(int) { shared.steps.fetch_add(1); }
};

}  // namespace

RACEKIT_SCENARIO(without_title, racy, fixed, .bug_class = "misuse",
                 .stress = racekit::blind, .tsan = racekit::absent("a test of the list"),
                 .model = racekit::absent("a test of the list"));
