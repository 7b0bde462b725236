// SPDX-License-Identifier: MIT
// A thread of the test body asks for more memory, or for more stack, than there is.
#include <racekit/scenario.hpp>

#include <vector>

namespace {

int deep(int depth) {  // dies here, where the stack ends in the prologue; otherwise below
    char volatile room[4096];
    auto const at = static_cast<unsigned>(depth) % sizeof room;  // so that the room is really there
    room[at] = static_cast<char>(depth);
    return depth < 0 ? room[0] : deep(depth + 1) + room[at];  // dies here
}

struct racy {
    racekit::atomic<int> steps{0};

    int use() {
        return std::vector<char>(1ULL << 62).back();  // dies here
    }
};

struct fixed {
    racekit::atomic<int> steps{0};

    int use() { return deep(0); }
};

template <class program>
struct asks_for_too_much {
    static constexpr int threads = 2;
    program shared;

    void thread(int self) {
        if (self == 0) shared.steps.store(shared.use());
        shared.steps.fetch_add(1);
    }
};

}  // namespace

RACEKIT_SCENARIO(asks_for_too_much, racy, fixed, .title = "More than there is",
                 .bug_class = "misuse", .stress = racekit::finds, .tsan = racekit::finds,
                 .model = racekit::absent("the model has tests of its own"),
                 .never_passes = "a thread always dies");
