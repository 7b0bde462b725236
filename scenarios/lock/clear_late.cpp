// SPDX-License-Identifier: MIT
// Cleared late. An event that is set while its worker works is cleared with the one before it.
//
//     worker:  woken, takes 1 job ..................... clear, waits ... for ever
//     client:  .................. adds a job, set ...
//
// The race: set() says "look again". Who clears it after looking throws away what was said while it
//           looked.
// The fix:  clear first, then look. What comes in between is seen now or told again; at worst the
//           worker wakes once in vain.
#include <racekit/lock/event.hpp>
#include <racekit/scenario.hpp>

namespace {

struct racy {
    racekit::event told{true};
    racekit::atomic<int> jobs{1};

    int take_all() {
        told.wait();
        int const taken = jobs.exchange(0);
        told.clear();  // <- race
        return taken;
    }
};

struct fixed {
    racekit::event told{true};
    racekit::atomic<int> jobs{1};

    int take_all() {
        told.wait();
        told.clear();
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
        shared.told.set();
    }
    void work() {
        for (int done = 0; done < 2;) done += shared.take_all();
    }
};

}  // namespace

RACEKIT_SCENARIO(clear_late, racy, fixed, .title = "What was said while it looked, thrown away",
                 .bug_class = "missed event", .cwe = 362, .stress = racekit::may_find("hang"),
                 .tsan = racekit::finds("deadlock"), .model = racekit::finds("deadlock"),
                 .reference = "Deadlock Empire, high level 1: wait, work, reset");
