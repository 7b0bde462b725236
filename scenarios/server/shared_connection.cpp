// SPDX-License-Identifier: MIT
// Shared connection. Two processes use one connection; each gets the answer to the other's
// question.
//
//     client 1:  ask for cell 0 ........................ read: 200
//     client 2:  ................ ask for cell 1 ... read: 100 ...
//
// The race: answers come in the order of the questions, but either reader may get the next one. It
//           happens when a child keeps using the proxy of its parent.
// The fix:  one connection per process.
#include <racekit/scenario.hpp>
#include <racekit/server/value_server.hpp>

namespace {

struct racy {
    racekit::basic_value_server<2, 2> server;

    racekit::proxy connect(int) { return server.connect(0); }  // <- race
};

struct fixed {
    racekit::basic_value_server<2, 2> server;

    racekit::proxy connect(int client) { return server.connect(static_cast<std::size_t>(client)); }
};

template <class service>
struct shared_connection {
    static constexpr int processes = 3;
    service shared;

    void before() {
        shared.server.set_value(0, 100);
        shared.server.set_value(1, 200);
    }
    void process(int self) {
        if (self == 0) return shared.server.serve();
        int const client = self - 1;
        racekit::proxy values = shared.connect(client);
        racekit::answer const mine = values.get(static_cast<std::uint16_t>(client), racekit::never);
        RACEKIT_CHECK_EQUAL(100 * (client + 1), mine.value);
    }
};

}  // namespace

RACEKIT_SCENARIO(shared_connection, racy, fixed, .title = "Answers mixed up on a shared connection",
                 .bug_class = "reply mix-up", .cwe = 362, .tsan = racekit::blind,
                 .model = racekit::finds("failed check"), .process = racekit::finds("failed check"),
                 .blind_why = "the race is inside the kernel, where TSan sees nothing",
                 .reference = "CPython gh-101320: a forked child reuses its parent's proxy socket");
