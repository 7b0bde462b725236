// SPDX-License-Identifier: MIT
// Two mappings. Two threads reach one variable through two mappings of its memory; TSan, which
// knows variables by their addresses, sees two.
//
//     thread 0, at address A:  read 0 ............ write 1
//     thread 1, at address B:  ......... read 0 ............ write 1        not 2
//
// The race: unsynchronised access to one variable. A detector that goes by addresses is silent.
// The fix:  an atomic, which is the same in every mapping.
#include <racekit/scenario.hpp>
#include <racekit/shared/raw_value.hpp>
#include <racekit/shared/shared_memory.hpp>
#include <racekit/shared/shared_value.hpp>

namespace {

struct racy {
    using number = racekit::raw_value<int>;

    static void add(number& to) { to.set(to.get() + 1); }
};

struct fixed {
    using number = racekit::shared_value<int>;

    static void add(number& to) { to += 1; }
};

template <class variable>
struct two_mappings {
    static constexpr int threads = 2;
    static constexpr int rounds = 2000;
    using segment = racekit::shared_segment<typename variable::number>;
    segment here = segment::create(0);
    segment there = segment::attach(here.file().duplicate());

    void thread(int self) {
        for (int round = 0; round < rounds; ++round) variable::add(self == 0 ? *here : *there);
    }
    void after() { RACEKIT_CHECK_EQUAL(2 * rounds, here->get()); }
};

}  // namespace

RACEKIT_SCENARIO(two_mappings, racy, fixed, .title = "One variable at two addresses",
                 .bug_class = "data race", .cwe = 362, .stress = racekit::may_find("failed check"),
                 .tsan = racekit::may_find("failed check"),
                 .model = racekit::absent("it has no mappings"),
                 .blind_why = "TSan reports no race: it knows variables by their addresses",
                 .reference = "mmap(2); ThreadSanitizer's shadow memory is by address");
