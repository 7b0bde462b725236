// SPDX-License-Identifier: MIT
// Killed reader. A worker is killed while it holds the read lock of a shared queue.
//
//     worker 0:  lock, takes a task, killed
//     worker 1:  ................................ lock ... for ever, though there are tasks
//
// The mistake: "terminate the worker and start another one" ignores the locks that the worker held.
//              The lock lies in shared memory, and a dead process does not unlock.
// The fix:     a robust lock passes to the next worker, and reports the death. Here nothing needs
//              repair: one store takes a task, and it has happened or not. The task of the dead
//              worker is lost in any case; a lock cannot restore it.
#include <racekit/lock/process_mutex.hpp>
#include <racekit/lock/robust_mutex.hpp>
#include <racekit/scenario.hpp>

namespace {

struct racy {
    racekit::process_mutex reading;

    void lock() { reading.lock(); }
};

struct fixed {
    racekit::robust_mutex reading;

    void lock() {
        if (reading.lock() == racekit::lock_state::owner_died) reading.mark_consistent();
    }
};

template <class reading_side>
struct killed_reader {
    static constexpr int processes = 2;
    static constexpr int mortal = 0;
    reading_side shared;
    racekit::plain<int> tasks[2][16];  // long tasks: reading one takes time
    racekit::plain<int> head{0};

    void process(int) {
        shared.lock();
        int const at = head.read();
        for (auto const& word : tasks[at]) RACEKIT_CHECK_EQUAL(0, word.read());
        head.write(at + 1);
        shared.reading.unlock();
    }
};

}  // namespace

RACEKIT_SCENARIO(killed_reader, racy, fixed, .title = "A queue whose reader was killed",
                 .bug_class = "orphaned lock", .cwe = 667,
                 .tsan = racekit::absent("it injects no process crash"),
                 .model = racekit::finds("deadlock"), .process = racekit::finds("hang"),
                 .reference = "CPython: Process.terminate() may corrupt a queue; loky#2");
