// SPDX-License-Identifier: MIT
// More threads than the model can run, and no word that it is absent.
#include <racekit/scenario.hpp>

namespace {

struct racy {
    racekit::atomic<int> steps{0};
};

struct fixed : racy {};

template <class state>
struct seventy_threads {
    static constexpr int threads = 70;
    state shared;

    void thread(int) { shared.steps.fetch_add(1); }
};

}  // namespace

RACEKIT_SCENARIO(seventy_threads, racy, fixed, .title = "Seventy threads", .bug_class = "misuse",
                 .stress = racekit::blind, .tsan = racekit::absent("a test of the list"),
                 .model = racekit::blind);
