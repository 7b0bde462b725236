// SPDX-License-Identifier: MIT
// Reused number. A client has the number of an object that was removed; a new object gets it.
//
//     client 1:  .......................... add 1 to object 1: to the wrong one
//     client 2:  remove 1, make another: 1
//
// The race: a number that is used again is no identity. An address is such a number.
// The fix:  a server never uses a number again; the call is no_such_object.
#include "service.hpp"

namespace {

struct racy {
    struct steps : racekit::server_steps {
        static constexpr bool new_ids = false;
    };
};

struct fixed {
    struct steps : racekit::server_steps {};
};

template <class variant>
struct reused_number {
    static constexpr int processes = 3;
    scene::service<2, typename variant::steps> server;

    void before() { server.make(racekit::object_type::value, "n", 0); }
    void process(int self) {
        if (self == 0) return server.serve();
        auto client = server.connect(static_cast<std::size_t>(self - 1));
        if (self == 1) {
            (void)racekit::value_proxy(client, {1}).add(1);
            return;
        }
        (void)client.call(racekit::operation::remove, {}, racekit::never, "n");
        auto fresh = racekit::create<racekit::value_proxy>(client, "", 50);
        RACEKIT_CHECK_EQUAL(50, scene::number(fresh.value.get().value));
    }
};

}  // namespace

RACEKIT_SCENARIO(reused_number, racy, fixed, .title = "A new object under an old number",
                 .bug_class = "reused identity", .cwe = 672, .tsan = racekit::blind,
                 .model = racekit::finds("failed check"),
                 .process = racekit::may_find("failed check"),
                 .blind_why = "every access to the objects is the server's",
                 .reference = "CPython, multiprocessing managers: the id is the address");
