// SPDX-License-Identifier: MIT
// An attempt taken for success. The lock was not got; the section is entered all the same.
//
//     thread 0:  try: mine, read 0 ................................ write 1, unlock
//     thread 1:  ................. try: not mine, read 0, write 1             1 entry for 2 visits
//
// The race: an attempt, with or without a deadline, may fail, and says so in what it returns.
// The fix:  act on the answer. What is [[nodiscard]] is easily kept, and then not looked at.
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

RACEKIT_SCENARIO(try_lock_ignored, racy, fixed, .title = "In without the lock",
                 .bug_class = "missing lock", .cwe = 252,
                 .stress = racekit::may_find("failed check"), .tsan = racekit::finds("data race"),
                 .model = racekit::finds("data race"),
                 .reference = "CWE-252 and CWE-667: the result of a timed lock is not looked at");
