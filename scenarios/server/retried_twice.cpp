// SPDX-License-Identifier: MIT
// Retried twice. A call times out, the client asks again, and the server does it twice.
//
//     client:  add 1 ... no reply in time ... add 1 again
//     server:  ............................. adds 1 ...... adds 1        the server keeps 2, not 1
//
// The mistake: a call that timed out may still be done. The second request has a number of its own,
//              so the server takes it for another one.
// The fix:     the request is repeated under its number; the server does it once.
#include "service.hpp"

namespace {

struct racy {
    static constexpr auto more_time = racekit::never;

    static auto repeat(racekit::server_client& client) {
        return client.call(racekit::operation::add, {1}, more_time, 1);
    }
};

struct fixed {
    static constexpr auto more_time = racekit::never;

    static auto repeat(racekit::server_client& client) {
        return client.again(racekit::operation::add, more_time);
    }
};

template <class variant>
struct retried_twice {
    static constexpr int processes = 2;
    scene::service<1> server;

    void before() { server.make(racekit::object_type::value, "n", 0); }
    void process(int self) {
        if (self == 0) {
            server.serve();
            RACEKIT_CHECK_EQUAL(1, scene::number(server.core().look({1})));
            return;
        }
        auto client = server.connect(0);
        auto const soon = racekit::after(std::chrono::microseconds(20));
        auto reply = client.call(racekit::operation::add, {1}, soon, 1);
        if (reply.error == std::errc::timed_out) reply = variant::repeat(client);
        RACEKIT_CHECK(reply);
    }
};

}  // namespace

RACEKIT_SCENARIO(retried_twice, racy, fixed, .title = "A request that is done twice",
                 .bug_class = "double effect", .cwe = 837, .tsan = racekit::blind,
                 .model = racekit::finds("failed check"),
                 .process = racekit::may_find("failed check"),
                 .blind_why = "every access to the number is the server's",
                 .reference = "RFC 9110, 9.2.2: a client repeats idempotent requests only");
