// SPDX-License-Identifier: MIT
// Repair forgotten. The lock passes on when its owner dies, and so does the half-written record.
//
//     process 0:  lock, writes 3 of 16 words, killed
//     process 1:  ............................ lock: owner died; "consistent"; reads half a record
//
// The mistake: mark_consistent() says that what the lock guards is in order. It puts nothing in
//              order.
// The fix:     finish the record first, then say so.
#include <racekit/lock/robust_mutex.hpp>
#include <racekit/scenario.hpp>

namespace {

struct racy {
    racekit::robust_mutex gate;
    racekit::atomic<int> word[16] = {};

    void lock() {
        if (gate.lock() == racekit::lock_state::acquired) return;
        gate.mark_consistent();
    }
};

struct fixed {
    racekit::robust_mutex gate;
    racekit::atomic<int> word[16] = {};

    void lock() {
        if (gate.lock() == racekit::lock_state::acquired) return;
        for (auto& each : word) each.store(word[0].load());
        gate.mark_consistent();
    }
};

template <class record>
struct repair_forgotten {
    static constexpr int processes = 2;
    static constexpr int mortal = 0;
    record shared;

    void process(int self) {
        shared.lock();
        self == 0 ? write() : read();
        shared.gate.unlock();
    }
    void write() {
        for (auto& each : shared.word) each.store(1);
    }
    void read() {
        int const first = shared.word[0].load();
        for (int at = 1; at < 16; ++at) {
            int const other = shared.word[at].load();
            RACEKIT_CHECK_EQUAL(first, other);
        }
    }
};

}  // namespace

RACEKIT_SCENARIO(repair_forgotten, racy, fixed,
                 .title = "A lock made consistent, its data not", .bug_class = "broken invariant",
                 .cwe = 662, .tsan = racekit::absent("it injects no process crash"),
                 .model = racekit::finds("failed check"),
                 .process = racekit::finds("failed check"),
                 .reference = "pthread_mutex_consistent(3); POSIX rationale of robust mutexes");
