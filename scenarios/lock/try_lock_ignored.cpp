// SPDX-License-Identifier: MIT
// The result of try_lock() ignored. The lock was not acquired; the critical section runs anyway.
//
//     thread 0:  try: yes, read 0 ................................. write 1, unlock
//     thread 1:  ................. try: no, read 0, write 1                   1 entry for 2 visits
//
// The race: an attempt to lock, with or without a deadline, may fail; its result says so.
// The fix:  act on the result. Even the result of a [[nodiscard]] function can be stored and never
//           checked.
#include <racekit/lock/mutex.hpp>
#include <racekit/scenario.hpp>

namespace {

struct racy {
    static bool may_enter(bool /*locked*/) { return true; }  // <- race
};

struct fixed {
    static bool may_enter(bool locked) { return locked; }
};

template <class rule>
struct try_lock_ignored {
    static constexpr int threads = 2;
    racekit::mutex gate;
    racekit::plain<int> entries{0};
    racekit::atomic<int> visits{0};

    void thread(int) {
        bool const locked = gate.try_lock();
        if (rule::may_enter(locked)) {
            entries.write(entries.read() + 1);  // <- race
            visits.fetch_add(1);
        }
        if (locked) gate.unlock();
    }
    void after() { RACEKIT_CHECK_EQUAL(visits.load(), entries.read()); }
    int outcome() { return entries.read(); }
};

}  // namespace

RACEKIT_SCENARIO(try_lock_ignored, racy, fixed, .title = "A failed try_lock() treated as success",
                 .bug_class = "missing lock", .cwe = 252,
                 .stress = racekit::may_find("failed check"), .tsan = racekit::finds("data race"),
                 .model = racekit::finds("data race"),
                 .reference = "CWE-252 and CWE-667: the result of a timed lock is not looked at");
