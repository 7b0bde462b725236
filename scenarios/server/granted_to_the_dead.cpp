// SPDX-License-Identifier: MIT
// Granted to the dead. A client dies while it waits for a lock; the lock is granted to it.
//
//     client 1:  ......... acquire ... dies
//     client 2:  acquire .................. release .... acquire ... for ever
//     server:    ................................. grants it to client 1
//
// The mistake: the server frees what the dead held, but leaves their requests in the queue.
// The fix:     the requests of a client that is gone are removed.
#include "service.hpp"

namespace {

struct racy {
    struct steps : racekit::server_steps {
        static constexpr bool forget = false;
    };
};

struct fixed {
    struct steps : racekit::server_steps {};
};

template <class variant>
struct granted_to_the_dead {
    static constexpr int processes = 3;
    static constexpr int mortal = 1;
    scene::service<2, typename variant::steps> server;

    void before() { server.make(racekit::object_type::lock, "l"); }
    void process(int self) {
        if (self == 0) return server.serve();
        auto client = server.connect(static_cast<std::size_t>(self - 1));
        racekit::lock_proxy lock(client, {1});
        if (lock.acquire().error) return;
        (void)lock.release();
        if (self == 2) (void)lock.acquire();
    }
};

}  // namespace

RACEKIT_SCENARIO(granted_to_the_dead, racy, fixed, .title = "A lock granted to a dead client",
                 .bug_class = "lost wake-up", .cwe = 667,
                 .tsan = racekit::absent("it injects no process crash"),
                 .model = racekit::finds("deadlock"), .process = racekit::may_find("hang"),
                 .reference = "CPython gh-94777: work handed to a worker that has died");
