// SPDX-License-Identifier: MIT
// Torn pair. One process writes a record of two words; the other one reads half of the old record
// and half of the new one.
//
//     writer:  price 1 ............................. stamp 1
//     reader:  ......... price 1, stamp 0: never written
//
// The race: each word is atomic, the record is not.
// The fix:  a value that readers get whole: the writer writes beside it and commits by one store.
#include <racekit/scenario.hpp>
#include <racekit/shared/copied_value.hpp>

#include <cstdint>

namespace {

struct quote {
    std::int64_t price = 0;
    std::int64_t stamp = 0;
};

struct racy {
    racekit::atomic<std::int64_t> price{0};
    racekit::atomic<std::int64_t> stamp{0};

    void write(quote now) {
        price.store(now.price);
        stamp.store(now.stamp);
    }
    quote read() { return {price.load(), stamp.load()}; }
};

struct fixed {
    racekit::copied_value<quote, 2> whole;

    void write(quote now) { whole.set(now); }
    quote read() { return whole.get(); }
};

template <class record>
struct torn_pair {
    static constexpr int processes = 2;
    record shared;

    void process(int self) {
        if (self == 0) return shared.write({1, 1});
        quote const seen = shared.read();
        RACEKIT_CHECK_EQUAL(seen.price, seen.stamp);
    }
};

}  // namespace

RACEKIT_SCENARIO(torn_pair, racy, fixed, .title = "Half of an old record, half of a new one",
                 .bug_class = "torn read", .cwe = 662, .tsan = racekit::blind,
                 .model = racekit::finds("failed check"),
                 .process = racekit::may_find("failed check"),
                 .blind_why = "TSan sees one process at a time, and every access is atomic",
                 .reference = "jcstress BasicJMM_02; multiprocessing.Array read without its lock");
