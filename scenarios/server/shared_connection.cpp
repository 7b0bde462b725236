// SPDX-License-Identifier: MIT
// Shared connection. Two processes use one connection; each gets the answer to the other's
// question.
//
//     client 1:  ask for object 1 ........................... read: 200
//     client 2:  .................. ask for object 2 ... read: 100 ...
//
// The race: answers come in the order of the questions, but either reader may get the next one. It
//           happens when a child keeps using the proxy of its parent.
// The fix:  one connection per process.
#include "service.hpp"

namespace {

struct racy {
    scene::service<2> server;

    auto connect(int) { return server.connect(0); }  // <- race
};

struct fixed {
    scene::service<2> server;

    auto connect(int client) { return server.connect(static_cast<std::size_t>(client)); }
};

template <class variant>
struct shared_connection {
    static constexpr int processes = 3;
    variant shared;

    void before() {
        shared.server.make(racekit::object_type::value, "a", 100);
        shared.server.make(racekit::object_type::value, "b", 200);
    }
    void process(int self) {
        if (self == 0) return shared.server.serve();
        auto client = shared.connect(self - 1);
        racekit::value_proxy mine(client, {static_cast<std::uint64_t>(self)});
        auto const got = mine.get();
        // A reply of which the other process read a part is no reply at all.
        RACEKIT_CHECK_EQUAL(100 * self, got ? scene::number(got.value) : -1);
    }
};

}  // namespace

RACEKIT_SCENARIO(shared_connection, racy, fixed, .title = "Answers mixed up on a shared connection",
                 .bug_class = "reply mix-up", .cwe = 362, .tsan = racekit::blind,
                 .model = racekit::finds("failed check"), .process = racekit::finds("failed check"),
                 .blind_why = "the race is inside the kernel, where TSan sees nothing",
                 .reference = "CPython gh-101320: a forked child reuses its parent's proxy socket");
