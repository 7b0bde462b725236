// SPDX-License-Identifier: MIT
// Two scenarios in one file, one of them of another name than the file's.
#include <racekit/scenario.hpp>

namespace {

struct racy {
    racekit::atomic<int> steps{0};
};

struct fixed : racy {};

template <class state>
struct unlike_its_file {
    static constexpr int threads = 2;
    state shared;

    void thread(int) { shared.steps.fetch_add(1); }
};

template <class state>
struct another : unlike_its_file<state> {};

}  // namespace

RACEKIT_SCENARIO(unlike_its_file, racy, fixed, .title = "Right", .bug_class = "misuse",
                 .stress = racekit::blind, .tsan = racekit::absent("a test of the list"),
                 .model = racekit::absent("a test of the list"));
RACEKIT_SCENARIO(another, racy, fixed, .title = "Wrong", .bug_class = "misuse",
                 .stress = racekit::blind, .tsan = racekit::absent("a test of the list"),
                 .model = racekit::absent("a test of the list"));
