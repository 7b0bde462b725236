// SPDX-License-Identifier: MIT
// Initialised twice. Two processes find the counter new; the second one sets back what the first
// one has counted.
//
//     process 0:  new? yes .. sets 100 .. counts 101
//     process 1:  new? yes ........................... sets 100 .. counts 101        not 102
//
// The race: to look whether it is new and to say that it is not are two steps.
// The fix:  one compare-exchange decides which process sets it; the other one waits until it is.
#include <racekit/scenario.hpp>

namespace {

struct racy {
    racekit::atomic<int> state{0};
    racekit::atomic<int> counter{0};

    void open() {
        if (state.load() != 0) return;
        counter.store(100);
        state.store(2);
    }
};

struct fixed {
    racekit::atomic<int> state{0};
    racekit::atomic<int> counter{0};

    void open() {
        int is_new = 0;
        if (!state.compare_exchange_strong(is_new, 1)) {
            (void)racekit::await(state, [](int now) { return now == 2; });
            return;
        }
        counter.store(100);
        state.store(2);
    }
};

template <class segment>
struct initialised_twice {
    static constexpr int processes = 2;
    segment shared;

    void process(int) {
        shared.open();
        shared.counter.fetch_add(1);
    }
    void after() { RACEKIT_CHECK_EQUAL(102, shared.counter.load()); }
    int outcome() { return shared.counter.load(); }
};

}  // namespace

RACEKIT_SCENARIO(initialised_twice, racy, fixed,
                 .title = "Shared memory that two processes initialise",
                 .bug_class = "order violation", .cwe = 362, .tsan = racekit::blind,
                 .model = racekit::finds("failed check"),
                 .process = racekit::finds("failed check"),
                 .blind_why = "TSan sees one process at a time, and every access is atomic",
                 .reference = "shm_open(3) with O_EXCL; jcstress Singleton_01");
