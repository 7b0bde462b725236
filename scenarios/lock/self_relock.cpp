// SPDX-License-Identifier: MIT
// Self-deadlock. A callback is called with the lock held, and takes the same lock.
//
//     thread 0:  ......... lock: a listener is there, call it: lock ... for ever
//     thread 1:  listen ...
//
// The race: whether a callback is registered in time depends on the schedule. If it is, foreign
//           code runs under our lock and takes that lock again.
// The fix:  read under the lock, unlock, then call. A re-entrant lock would admit the callback in
//           the middle of an update: see callback_sees_half.
//
// ThreadSanitizer itself reports nothing: its check of lock orders needs two locks.
#include <racekit/lock/mutex.hpp>
#include <racekit/scenario.hpp>

namespace {

struct channel {
    racekit::mutex gate;
    racekit::plain<bool> listening{false};
    racekit::plain<int> heard{0};

    void listen() {
        racekit::scoped_lock hold(gate);
        listening.write(true);
    }
    void hear() {
        racekit::scoped_lock hold(gate);
        heard.write(heard.read() + 1);
    }
};

struct racy : channel {
    void publish() {
        racekit::unique_lock hold(gate);
        bool const wanted = listening.read();
        if (wanted) hear();  // <- race
    }
};

struct fixed : channel {
    void publish() {
        racekit::unique_lock hold(gate);
        bool const wanted = listening.read();
        hold.unlock();
        if (wanted) hear();
    }
};

template <class publisher>
struct self_relock {
    static constexpr int threads = 2;
    publisher shared;

    void thread(int self) { self == 0 ? shared.publish() : shared.listen(); }
    int outcome() { return shared.heard.read(); }
};

}  // namespace

RACEKIT_SCENARIO(self_relock, racy, fixed, .title = "A callback that takes its caller's lock",
                 .bug_class = "deadlock", .cwe = 764, .stress = racekit::may_find("hang"),
                 .tsan = racekit::finds("deadlock"), .model = racekit::finds("deadlock"),
                 .reference = "GoBench, 12 double-locking kernels (hugo#5379, grpc#795)");
