// SPDX-License-Identifier: MIT
// The constructor of the test body throws.
#include <racekit/scenario.hpp>

#include <stdexcept>

namespace {

struct racy {
    racekit::atomic<int> steps{0};

    racy() { throw std::runtime_error("no such file"); }
};

struct fixed : racy {};

template <class state>
struct throws_when_built {
    static constexpr int threads = 2;
    state shared;

    void thread(int) { shared.steps.fetch_add(1); }
};

}  // namespace

RACEKIT_SCENARIO(throws_when_built, racy, fixed, .title = "Cannot be built",
                 .bug_class = "misuse", .stress = racekit::may_find, .tsan = racekit::may_find,
                 .model = racekit::may_find,
                 .never_passes = "it cannot even be built");
