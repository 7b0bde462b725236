// SPDX-License-Identifier: MIT
// A promise of a detector that this build leaves out.
#include <racekit/scenario.hpp>

namespace {

struct racy {
    racekit::atomic<int> steps{0};
};

struct fixed : racy {};

template <class state>
struct promised_elsewhere {
    static constexpr int threads = 2;
    state shared;

    void thread(int) { shared.steps.fetch_add(1); }
};

}  // namespace

RACEKIT_SCENARIO(promised_elsewhere, racy, fixed, .title = "Promised, and not built",
                 .bug_class = "misuse",
                 .stress = racekit::blind, .tsan = racekit::absent("a test of the list"),
                 .model = racekit::blind);
