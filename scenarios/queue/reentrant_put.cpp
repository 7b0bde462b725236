// SPDX-License-Identifier: MIT
// Re-entrant put. A full queue drops its oldest item and calls a handler, which puts a note into
// the same queue.
//
//     thread 0:  put 1, put 2: lock, full, drops 1, handler: put: lock ... for ever
//     thread 1:  ................................... get, one step too late
//
// The mistake: foreign code runs while the lock is held, and takes the same lock. It happens only
//              when the consumer is slow.
// The fix:     unlock first, then call; keep the dropped item until then.
#include <racekit/lock/mutex.hpp>
#include <racekit/scenario.hpp>

namespace {

constexpr int none = 0;
constexpr int note = 99;

struct queue {
    racekit::mutex gate;
    racekit::plain<int> item{none};  // there is room for one

    /// Returns the replaced item.
    int replace(int with) {
        int const old = item.read();
        item.write(with);
        return old;
    }
    int get() {
        racekit::scoped_lock hold(gate);
        return replace(none);
    }
};

struct racy : queue {
    void put(int fresh) {
        racekit::unique_lock hold(gate);
        int const dropped = replace(fresh);
        if (dropped != none && dropped != note) put(note);  // the handler
        hold.unlock();
    }
};

struct fixed : queue {
    void put(int fresh) {
        racekit::unique_lock hold(gate);
        int const dropped = replace(fresh);
        hold.unlock();
        if (dropped != none && dropped != note) put(note);  // the handler
    }
};

template <class queue>
struct reentrant_put {
    static constexpr int threads = 2;
    queue shared;

    void thread(int self) {
        if (self == 1) {
            (void)shared.get();
        } else {
            shared.put(1);
            shared.put(2);
        }
    }
    void after() {
        int const left = shared.get();
        RACEKIT_CHECK(left == 2 || left == note || left == none);
    }
};

}  // namespace

RACEKIT_SCENARIO(reentrant_put, racy, fixed, .title = "A handler that takes its caller's lock",
                 .bug_class = "deadlock", .cwe = 1265, .stress = racekit::may_find("hang"),
                 .tsan = racekit::finds("deadlock"), .model = racekit::finds("deadlock"),
                 .reference = "CPython bpo-14976: Queue.put from a destructor; sentry-python#803");
