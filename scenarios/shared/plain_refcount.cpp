// SPDX-License-Identifier: MIT
// Plain reference count. Two threads drop the last two references; no thread frees the object, or
// the one that frees it races with the other's use.
//
//     thread 0:  read 2 ............. write 1, not the last
//     thread 1:  ........ read 2 ............. write 1, not the last        freed: 0 times
//
// The race: `--references` is a read and a write. The count also has to order the other thread's
//           use of the object before the free.
// The fix:  one fetch_sub, acq_rel: release publishes this thread's use, acquire makes the use of
//           the others visible.
#include <racekit/scenario.hpp>

namespace {

struct racy {
    racekit::plain<int> references{2};

    bool drop() {
        int const left = references.read() - 1;  // <- race
        references.write(left);                  // <- race
        return left == 0;
    }
};

struct fixed {
    racekit::atomic<int> references{2};

    bool drop() {
        return references.fetch_sub(1, std::memory_order_acq_rel) == 1;
    }
};

template <class counted>
struct plain_refcount {
    static constexpr int threads = 2;
    static constexpr int freed = -1;
    counted shared;
    racekit::plain<int> object{7};

    void thread(int) {
        RACEKIT_CHECK_EQUAL(7, object.read());  // <- race
        if (shared.drop()) object.write(freed);  // <- race
    }
    void after() { RACEKIT_CHECK_EQUAL(freed, object.read()); }
    int outcome() { return object.read(); }
};

}  // namespace

RACEKIT_SCENARIO(plain_refcount, racy, fixed, .title = "A reference count without atomics",
                 .bug_class = "data race", .cwe = 911,
                 .stress = racekit::may_find("failed check"), .tsan = racekit::finds("data race"),
                 .model = racekit::finds("data race"),
                 .reference = "reference counts and the GIL; CPython gh-117435",
                 .racy_shown = "0.1.0.1.0.1");
