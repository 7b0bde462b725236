// SPDX-License-Identifier: MIT
// Self-relock. A callback, called with the lock held, takes the same lock, and waits for itself.
//
//     thread 0:  ......... lock: a listener is there, call it: lock ... for ever
//     thread 1:  listen ...
//
// The race: whether there is somebody to call is decided by whoever is faster. If there is, unknown
//           code runs under our lock, and comes back to us for it.
// The fix:  look under the lock, give it up, then call. A re-entrant lock would let the callback in
//           too, into whatever is half done: callback_sees_half is the story of that.
//
// ThreadSanitizer itself says nothing: its check of lock orders wants two locks.
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
