// SPDX-License-Identifier: MIT
// The same title as same_title_one.
#include <racekit/scenario.hpp>

namespace {

struct racy {
    racekit::atomic<int> steps{0};
};

struct fixed : racy {};

template <class state>
struct same_title_two {
    static constexpr int threads = 2;
    state shared;

    void thread(int) { shared.steps.fetch_add(1); }
};

}  // namespace

RACEKIT_SCENARIO(same_title_two, racy, fixed, .title = "The same title", .bug_class = "misuse",
                 .stress = racekit::blind, .tsan = racekit::absent("a test of the list"),
                 .model = racekit::absent("a test of the list"));
