// SPDX-License-Identifier: MIT
// A race, and a mark on another line.
#include <racekit/scenario.hpp>

namespace {

struct racy {
    racekit::plain<int> total{0};
    int other = 0;

    void step() {
        total.write(total.read() + 1);
    }
    void look() { (void)other; }  // <- race
};

struct fixed {
    racekit::atomic<int> total{0};

    void step() { total.fetch_add(1); }
    void look() {}
};

template <class state>
struct unmarked_race {
    static constexpr int threads = 2;
    state shared;

    void thread(int) {
        shared.step();
        shared.look();
    }
};

}  // namespace

RACEKIT_SCENARIO(unmarked_race, racy, fixed, .title = "A mark on the wrong line",
                 .bug_class = "misuse", .stress = racekit::blind,
                 .tsan = racekit::finds("data race"),
                 .model = racekit::finds("data race"));
