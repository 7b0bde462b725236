// SPDX-License-Identifier: MIT
// Count too weakly. The last of two owners frees the object, and does not see that the other one is
// done with it.
//
//     thread 0:  uses the object .. count 2 -> 1 (relaxed)
//     thread 1:  ..................................... count 1 -> 0: frees it; the use came before?
//
// The race: a relaxed decrement counts right and orders nothing: the free is not ordered after the
//           other thread's use.
// The fix:  acq_rel: release hands the use on, acquire takes over that of all the others.
#include <racekit/scenario.hpp>

namespace {

struct racy {
    static constexpr auto drop = std::memory_order_relaxed;
};

struct fixed {
    static constexpr auto drop = std::memory_order_acq_rel;
};

template <class orders>
struct count_too_weakly {
    static constexpr int threads = 2;
    racekit::atomic<int> owners{2};
    racekit::plain<int> object{7};

    void thread(int) {
        RACEKIT_CHECK_EQUAL(7, object.read());  // <- race
        if (owners.fetch_sub(1, orders::drop) == 1) object.write(-1);  // <- race
    }
};

}  // namespace

RACEKIT_SCENARIO(count_too_weakly, racy, fixed,
                 .title = "A reference count that orders nothing", .bug_class = "weak ordering",
                 .cwe = 911, .stress = racekit::blind, .tsan = racekit::finds("data race"),
                 .model = racekit::finds("data race"),
                 .blind_why = "natively a read-modify-write orders more than was asked for",
                 .reference = "Relacy's ref_counting example; Boost.Atomic, reference counting");
