// SPDX-License-Identifier: MIT
// Ready too weakly. A flag says that the settings are there; the settings are not visible yet.
//
//     thread 0:  settings = 7 .. ready = 1 (relaxed)
//     thread 1:  ............................. ready is 1: settings -> 0?
//
// The race: relaxed orders nothing but the flag itself.
// The fix:  release and acquire, which are the orders of shared_value.
#include <racekit/scenario.hpp>
#include <racekit/shared/shared_value.hpp>

namespace {

struct racy : racekit::atomic_value_orders {
    static constexpr auto write = std::memory_order_relaxed;
};

struct fixed : racekit::atomic_value_orders {
    static constexpr auto write = std::memory_order_release;
};

template <class orders>
struct ready_too_weakly {
    static constexpr int threads = 2;
    racekit::plain<int> settings{0};
    racekit::atomic_value<int, orders> ready{0};

    void thread(int self) {
        if (self == 0) {
            settings.write(7);  // <- race
            ready.set(1);
        } else if (ready.get() == 1) {
            RACEKIT_CHECK_EQUAL(7, settings.read());  // <- race
        }
    }
};

}  // namespace

RACEKIT_SCENARIO(ready_too_weakly, racy, fixed,
                 .title = "A flag that is visible before what it announces",
                 .bug_class = "weak ordering", .cwe = 821, .stress = racekit::blind_under_tso,
                 .tsan = racekit::finds("data race"), .model = racekit::finds("data race"),
                 .blind_why = "x86 keeps stores in order: the settings are visible first",
                 .reference = "jcstress BasicJMM_06; PostgreSQL 4c85364");
