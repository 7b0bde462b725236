// SPDX-License-Identifier: MIT
// Shut down in flight. A server shuts down while a call waits; its client never hears of it.
//
//     client 1:  wait for the event ........................... for ever
//     client 2:  ...................... shut down
//
// The race: requests that come after the shutdown are refused, and those that were done before it
//           were answered; the one that waits is neither.
// The fix:  the server answers every call that it has taken before it ends.
#include "service.hpp"

namespace {

struct racy {
    struct steps : racekit::server_steps {
        static constexpr bool finish = false;
    };
};

struct fixed {
    struct steps : racekit::server_steps {};
};

template <class variant>
struct shut_down_in_flight {
    static constexpr int processes = 3;
    scene::service<2, typename variant::steps> server;

    void before() { server.make(racekit::object_type::event, "e"); }
    void process(int self) {
        if (self == 0) return server.serve();
        auto client = server.connect(static_cast<std::size_t>(self - 1));
        if (self == 2) {
            (void)client.call(racekit::operation::drain, {}, racekit::never);
        } else {
            auto const how = racekit::event_proxy(client, {1}).wait();
            RACEKIT_CHECK(how == racekit::server_error::draining);
        }
    }
};

}  // namespace

RACEKIT_SCENARIO(shut_down_in_flight, racy, fixed, .title = "A call that a shutdown forgets",
                 .bug_class = "lost reply", .cwe = 672,
                 .tsan = racekit::absent("the server is a process"),
                 .model = racekit::finds("deadlock"), .process = racekit::finds("hang"),
                 .reference = "CPython, BaseManager.shutdown: requests under way are not awaited");
