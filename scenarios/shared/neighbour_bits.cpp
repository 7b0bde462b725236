// SPDX-License-Identifier: MIT
// Neighbour bits. Two threads set one flag each; both flags lie in one word, and one is lost.
//
//     thread 0:  reads 00 ............ writes 01
//     thread 1:  ......... reads 00 ............ writes 10        not 11
//
// The race: to set a bit is to read and write the word around it. Bit-fields beside each other and
//           elements of vector<bool> are one memory location.
// The fix:  a word of its own for each flag.
#include <racekit/scenario.hpp>

namespace {

struct racy {
    racekit::plain<unsigned> word{0};

    void set(int which) {
        unsigned const seen = word.read();   // <- race
        word.write(seen | (1U << which));  // <- race
    }
    bool has(int which) { return (word.read() >> which & 1U) != 0; }
};

struct fixed {
    racekit::plain<unsigned> word[2];

    void set(int which) { word[which].write(1); }
    bool has(int which) { return word[which].read() == 1; }
};

template <class flags>
struct neighbour_bits {
    static constexpr int threads = 2;
    flags shared;

    void thread(int self) { shared.set(self); }
    void after() { RACEKIT_CHECK(shared.has(0) && shared.has(1)); }
    int outcome() { return (shared.has(0) ? 1 : 0) + (shared.has(1) ? 1 : 0); }
};

}  // namespace

RACEKIT_SCENARIO(neighbour_bits, racy, fixed, .title = "Two flags in one word",
                 .bug_class = "data race", .cwe = 366, .stress = racekit::may_find("failed check"),
                 .tsan = racekit::finds("data race"), .model = racekit::finds("data race"),
                 .reference = "[intro.memory] on bit-fields; jcstress BasicJMM_03");
