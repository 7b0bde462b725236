// SPDX-License-Identifier: MIT
// Late grant. A client gives up waiting for a lock just when the server grants it.
//
//     client 1:  acquire ... time is over .................. waits for client 2
//     server:    ........................... granted to 1
//     client 2:  ........................................... acquire ... for ever
//
// The race: the deadline passes at the client, the grant happens at the server.
// The fix:  the client withdraws the call; a grant that came too late is taken back.
#include "service.hpp"

namespace {

struct racy {
    struct steps : racekit::server_client_steps {
        static constexpr bool withdraw = false;
    };
};

struct fixed {
    struct steps : racekit::server_client_steps {};
};

template <class variant>
struct late_grant {
    using client_type = racekit::basic_server_client<typename variant::steps>;
    using lock_type = racekit::basic_lock_proxy<client_type, racekit::object_type::lock>;
    static constexpr int processes = 3;
    scene::service<2> server;

    void before() {
        server.make(racekit::object_type::lock, "l");
        server.make(racekit::object_type::event, "e");
    }
    void process(int self) {
        if (self == 0) return server.serve();
        auto client =
            server.template connect<typename variant::steps>(static_cast<std::size_t>(self - 1));
        lock_type lock(client, {1});
        racekit::basic_event_proxy<client_type> seen(client, {2});
        if (self == 1) {
            bool const mine = !lock.acquire(racekit::after(std::chrono::milliseconds(1))).error;
            if (mine) (void)lock.release();
            (void)seen.wait();
        } else {
            (void)lock.acquire();
            (void)seen.set();
            (void)lock.release();
        }
    }
};

}  // namespace

RACEKIT_SCENARIO(late_grant, racy, fixed, .title = "A lock granted to a client that gave up",
                 .bug_class = "lost wake-up", .cwe = 667,
                 .tsan = racekit::absent("the server is a process"),
                 .model = racekit::finds("deadlock"), .process = racekit::may_find("hang"),
                 .reference = "CPython gh-112202: a permit granted to a cancelled waiter");
