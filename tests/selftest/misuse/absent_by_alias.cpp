// SPDX-License-Identifier: MIT
// A promise in other words than those of the README, and the words of another one in a comment:
//     .model = racekit::absent("only a comment")
#include <racekit/scenario.hpp>

namespace {

constexpr auto& left_out = racekit::absent;

struct racy {
    racekit::atomic<int> steps{0};
};

struct fixed : racy {};

template <class state>
struct absent_by_alias {
    constexpr int static threads = 2;
    state shared;

    void thread(int) { shared.steps.fetch_add(1); }
    void after() { RACEKIT_CHECK(shared.steps.load() == 2); }
};

}  // namespace

RACEKIT_SCENARIO(absent_by_alias, racy, fixed, .title = "Absent by another name",
                 .bug_class = "misuse", .stress = racekit::blind,
                 .tsan = left_out("as a test of the name"), .model = racekit::blind);
