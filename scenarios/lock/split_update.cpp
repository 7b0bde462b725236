// SPDX-License-Identifier: MIT
// Split update. Two threads add 1 to one number; each step is atomic, the whole update is not.
//
//     value                    0      0      0         1        1
//     thread 0:             read 0 ....... write 1 .................
//     thread 1:             ....... read 0 ......... write 1           value: 1, not 2
//
// The race: "read, add 1, write" is three steps. Atomics make each step atomic, not the sequence.
// The fix:  a lock held from the read to the write; the other thread waits until it is unlocked.
//
// ThreadSanitizer itself has nothing to report: no two of these accesses are a data race. Under its
// controlled schedule the detector still sees the wrong sum.
#include <racekit/lock/mutex.hpp>
#include <racekit/scenario.hpp>

namespace {

struct racy {
    racekit::atomic<int> value{0};

    void add_one() {
        int const read = value.load();  // <- race
        value.store(read + 1);          // <- race
    }
};

struct fixed {
    racekit::mutex gate;
    racekit::atomic<int> value{0};

    void add_one() {
        racekit::scoped_lock hold(gate);
        int const read = value.load();
        value.store(read + 1);
    }
};

template <class number>
struct split_update {
    static constexpr int threads = 2;
    number shared;

    void thread(int) { shared.add_one(); }
    void after() { RACEKIT_CHECK_EQUAL(2, shared.value.load()); }
    int outcome() { return shared.value.load(); }
};

}  // namespace

RACEKIT_SCENARIO(split_update, racy, fixed,
                 .title = "Read, add 1, write: each step atomic, the whole not",
                 .bug_class = "atomicity violation", .cwe = 366,
                 .stress = racekit::may_find("failed check"),
                 .tsan = racekit::finds("failed check"), .model = racekit::finds("failed check"),
                 .reference = "the tutorial's Table 1 (racy: ends at 1) and Table 2 (fixed: at 2)",
                 .racy_shown = "0.1.0.1", .fixed_shown = "0.1.0.0.0.1.1.1.1");
