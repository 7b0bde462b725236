// SPDX-License-Identifier: MIT
// Unlinked in use. The first process that is done removes the name; the next one makes a new
// segment of that name, and the two no longer share anything.
//
//     process 0:  makes segment 1 ................... adds 1 to segment 1
//     process 1:  .. opens it, is done, removes the name
//     process 2:  ........................................ no such name: makes segment 2, adds 1
//
// The mistake: to be done with a segment and to remove its name are two things.
// The fix:     only the process that made it removes it, when all are done.
#include <racekit/scenario.hpp>

namespace {

struct racy {
    static constexpr bool guests_remove_the_name = true;
};

struct fixed {
    static constexpr bool guests_remove_the_name = false;
};

/// The names of a file system: one name, and the segments that it may stand for.
template <class rule>
struct unlinked_in_use {
    static constexpr int processes = 2;
    racekit::atomic<int> name{1};  // stands for segment 1; 0: there is none of that name
    racekit::atomic<int> made{1};
    racekit::atomic<int> counter[3] = {0, 0, 0};

    int open() {
        int segment = name.load();
        if (segment != 0) return segment;
        int const mine = made.fetch_add(1) + 1;
        return name.compare_exchange_strong(segment, mine) ? mine : segment;
    }
    void process(int self) {
        counter[open()].fetch_add(1);
        if (self == 0 && rule::guests_remove_the_name) name.store(0);
    }
    void after() { RACEKIT_CHECK_EQUAL(2, counter[1].load()); }
};

}  // namespace

RACEKIT_SCENARIO(unlinked_in_use, racy, fixed,
                 .title = "A name removed while others still come", .bug_class = "lifetime",
                 .cwe = 672, .tsan = racekit::blind, .model = racekit::finds("failed check"),
                 .process = racekit::finds("failed check"),
                 .blind_why = "TSan sees one process at a time, and every access is atomic",
                 .reference = "CPython gh-82300: resource_tracker unlinks a segment in use");
