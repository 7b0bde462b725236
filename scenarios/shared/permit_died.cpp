// SPDX-License-Identifier: MIT
// Permit died. A process is killed while it holds the only permit; the semaphore has one fewer for
// ever.
//
//     process 0:  acquire, killed
//     afterwards: acquire ... no permit will ever come
//
// The mistake: a semaphore that only counts does not know which process holds a permit.
// The fix:     a semaphore that keeps what each process holds, and takes it back from the dead.
#include <racekit/scenario.hpp>
#include <racekit/shared/anonymous_semaphore.hpp>
#include <racekit/shared/robust_semaphore.hpp>

namespace {

struct racy {
    racekit::anonymous_semaphore permits{1};
};

struct fixed {
    racekit::basic_robust_semaphore<4> permits{1};
};

template <class pool>
struct permit_died {
    static constexpr int processes = 2;
    static constexpr int mortal = 0;
    pool shared;
    racekit::atomic<int> works{0};

    void process(int self) {
        if (self != 0) return;
        shared.permits.acquire();
        works.fetch_add(1);
        shared.permits.release();
    }
    void after() { RACEKIT_CHECK(shared.permits.try_acquire()); }
};

}  // namespace

RACEKIT_SCENARIO(permit_died, racy, fixed, .title = "A permit that died with its holder",
                 .bug_class = "permit leak", .cwe = 772,
                 .tsan = racekit::absent("it injects no process crash"),
                 .model = racekit::finds("failed check"),
                 .process = racekit::finds("failed check"),
                 .reference = "CPython gh-88304; sem_overview(7)");
