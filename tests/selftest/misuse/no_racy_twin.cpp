// SPDX-License-Identifier: MIT
// A test of its own: there is no racy variant, and every detector must find it clean.
#include <racekit/scenario.hpp>

namespace {

struct counts_all {
    static constexpr int threads = 2;
    racekit::atomic<int> steps{0};

    void thread(int) { steps.fetch_add(1); }
    void after() { RACEKIT_CHECK_EQUAL(2, steps.load()); }
};

}  // namespace

RACEKIT_TEST(no_racy_twin, counts_all, .title = "Two threads, two steps");
