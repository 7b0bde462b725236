// SPDX-License-Identifier: MIT
// Lock holder died. A client dies while it holds a lock of the server; the next one waits for ever.
//
//     client 1:  acquire, dies
//     client 2:  ................ acquire ... for ever
//
// The mistake: the server sees that the client is gone, and leaves the lock to it.
// The fix:     what a client holds ends with it; the lock goes to the next one, which is told.
#include "service.hpp"

namespace {

struct racy {
    struct steps : racekit::server_steps {
        static constexpr bool end_leases = false;
    };
};

struct fixed {
    struct steps : racekit::server_steps {};
};

template <class variant>
struct lock_holder_died {
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
    }
};

}  // namespace

RACEKIT_SCENARIO(lock_holder_died, racy, fixed, .title = "A server's lock whose holder was killed",
                 .bug_class = "orphaned lock", .cwe = 667,
                 .tsan = racekit::absent("it injects no process crash"),
                 .model = racekit::finds("deadlock"), .process = racekit::finds("hang"),
                 .reference = "CPython bpo-30975: a lock whose owner was killed stays locked");
