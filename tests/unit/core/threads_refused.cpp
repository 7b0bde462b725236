// SPDX-License-Identifier: MIT
// Does not compile: more threads than any detector runs.
#include <racekit/scenario.hpp>

namespace {

struct crowd {
    static constexpr int threads = 129;
    racekit::atomic<int> sum{0};
    void thread(int) { sum.fetch_add(1); }
};

}  // namespace

RACEKIT_TEST(crowd, crowd, .title = "Too many");
