// SPDX-License-Identifier: MIT
// A body run by processes, declared in another order of words, whose promise is not kept.
#include <racekit/scenario.hpp>

namespace {

struct racy {
    racekit::atomic<int> steps{0};
};

struct fixed : racy {};

template <class state>
struct processes_in_other_words {
    constexpr static int processes = 2;
    state shared;

    void process(int) { shared.steps.fetch_add(1); }
    void after() { RACEKIT_CHECK(shared.steps.load() == 2); }
};

}  // namespace

RACEKIT_SCENARIO(processes_in_other_words, racy, fixed, .title = "Processes in other words",
                 .bug_class = "misuse", .tsan = racekit::absent("a test of process"),
                 .model = racekit::absent("a test of process"),
                 .process = racekit::finds("hang"));
