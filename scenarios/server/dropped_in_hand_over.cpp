// SPDX-License-Identifier: MIT
// Dropped in hand-over. A client gets the handle of an object; before it can say that it uses it,
// another client removes the last other reference.
//
//     client 1:  get -> handle of 2 ................... retain 2: no such object
//     client 2:  ...................... pop the entry
//
// The race: the handle travels in one reply, the reference is counted in the next request.
// The fix:  the server counts the reference when it sends the handle.
#include "service.hpp"

namespace {

struct racy {
    struct steps : racekit::server_steps {
        static constexpr bool keep_handed = false;
    };
    static bool keep(racekit::server_client& client, racekit::object_id which) {
        return !racekit::retain<racekit::value_proxy>(client, which).error;  // <- race
    }
};

struct fixed {
    struct steps : racekit::server_steps {};
    static bool keep(racekit::server_client& client, racekit::object_id which) {
        return !racekit::value_proxy(client, which).get().error;
    }
};

template <class variant>
struct dropped_in_hand_over {
    static constexpr int processes = 3;
    scene::service<2, typename variant::steps> server;

    void before() {
        server.make(racekit::object_type::value, "", 5);
        racekit::server_value::map entries{{7, racekit::object_id{1}}};
        server.make(racekit::object_type::dict, "d", entries);
    }
    void process(int self) {
        if (self == 0) return server.serve();
        auto client = server.connect(static_cast<std::size_t>(self - 1));
        racekit::dict_proxy dict(client, {2});
        if (self == 2) return (void)dict.pop(7);
        auto const got = dict.get(7);
        if (!got) return;  // it is gone already
        RACEKIT_CHECK(variant::keep(client, *got.value.template as<racekit::object_id>()));
    }
};

}  // namespace

RACEKIT_SCENARIO(dropped_in_hand_over, racy, fixed,
                 .title = "An object dropped while its handle travels", .bug_class = "lifetime",
                 .cwe = 672, .tsan = racekit::blind, .model = racekit::finds("failed check"),
                 .process = racekit::finds("failed check"),
                 .blind_why = "every access to the objects is the server's",
                 .reference = "CPython, multiprocessing managers: a proxy increments on arrival");
