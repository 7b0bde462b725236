// SPDX-License-Identifier: MIT
// Unlocked object. A server has a thread for each client; the object that they change has no lock.
//
//     thread of client 1:  read 0 ............. write 1
//     thread of client 2:  ........ read 0 ............. write 1        one addition is lost
//
// The race: each request is one call of a method, but two threads run the method at once.
// The fix:  a lock for each object, or one thread that does all requests.
#include <racekit/lock/mutex.hpp>
#include <racekit/scenario.hpp>

#include <mutex>

namespace {

struct racy {
    racekit::plain<int> kept{0};

    void add(int amount) {
        kept.write(kept.read() + amount);  // <- race
    }
};

struct fixed {
    racekit::mutex gate;
    racekit::plain<int> kept{0};

    void add(int amount) {
        std::scoped_lock hold(gate);
        kept.write(kept.read() + amount);
    }
};

/// Each thread of the server takes the requests of its client, one after another.
template <class object>
struct unlocked_object {
    static constexpr int threads = 2;
    static constexpr int requests[threads] = {10, 5};
    object shared;

    void thread(int client) { shared.add(requests[client]); }
    void after() { RACEKIT_CHECK_EQUAL(15, shared.kept.read()); }
    int outcome() { return shared.kept.read(); }
};

}  // namespace

RACEKIT_SCENARIO(unlocked_object, racy, fixed, .title = "An object that two server threads change",
                 .bug_class = "data race", .cwe = 820, .stress = racekit::may_find("failed check"),
                 .tsan = racekit::finds("data race"), .model = racekit::finds("data race"),
                 .reference = "CPython gh-117435: a semaphore without the interpreter's lock");
