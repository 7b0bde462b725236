// SPDX-License-Identifier: MIT
// Cleared too late. A client sets the event while the worker works; the worker then clears it.
//
//     worker:  woken, takes 1 job ..................... clear, waits ... for ever
//     client:  .................. adds a job, set ...
//
// The race: set() means "check again". If the worker clears the event after its check, it discards
//           every set() that came in between.
// The fix:  clear first, then check. A job that is added in between is found by this check or sets
//           the event again; at worst the worker wakes up once without a job.
#include <racekit/lock/event.hpp>
#include <racekit/scenario.hpp>

namespace {

struct racy {
    racekit::event changed{true};
    racekit::atomic<int> jobs{1};

    int take_all() {
        changed.wait();
        int const taken = jobs.exchange(0);
        changed.clear();  // <- race
        return taken;
    }
};

struct fixed {
    racekit::event changed{true};
    racekit::atomic<int> jobs{1};

    int take_all() {
        changed.wait();
        changed.clear();
        int const taken = jobs.exchange(0);
        return taken;
    }
};

template <class mailbox>
struct clear_late {
    static constexpr int threads = 2;
    mailbox shared;

    void thread(int self) { self == 0 ? add() : work(); }

    void add() {
        shared.jobs.fetch_add(1);
        shared.changed.set();
    }
    void work() {
        for (int done = 0; done < 2;) done += shared.take_all();
    }
};

}  // namespace

RACEKIT_SCENARIO(clear_late, racy, fixed,
                 .title = "An event cleared together with a newer notification",
                 .bug_class = "missed event", .cwe = 362, .stress = racekit::may_find("hang"),
                 .tsan = racekit::finds("deadlock"), .model = racekit::finds("deadlock"),
                 .reference = "Deadlock Empire, high level 1: wait, work, reset");
