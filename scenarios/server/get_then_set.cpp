// SPDX-License-Identifier: MIT
// Get, then set. Two clients add one to a number that a server keeps; one addition is lost.
//
//     client 1:  get -> 0 ............. set 1
//     client 2:  .......... get -> 0 .......... set 1        the server keeps 1, not 2
//
// The race: the server does each call as one step, but `p.value += 1` is two calls.
// The fix:  one call that adds; the server does it as one step.
#include "service.hpp"

namespace {

struct racy {
    scene::service<2> server;

    void add_one(racekit::value_proxy& number) {
        std::int64_t const seen = scene::number(number.get().value);
        number.set(seen + 1);  // <- race
    }
};

struct fixed {
    scene::service<2> server;

    void add_one(racekit::value_proxy& number) { (void)number.add(1); }
};

template <class variant>
struct get_then_set {
    static constexpr int processes = 3;
    variant shared;

    void before() { shared.server.make(racekit::object_type::value, "n", 0); }
    void process(int self) {
        if (self == 0) {
            shared.server.serve();
            RACEKIT_CHECK_EQUAL(2, scene::number(shared.server.core().look({1})));
            return;
        }
        auto client = shared.server.connect(static_cast<std::size_t>(self - 1));
        racekit::value_proxy number(client, {1});
        shared.add_one(number);
    }
};

}  // namespace

RACEKIT_SCENARIO(get_then_set, racy, fixed, .title = "A lost update through two proxies",
                 .bug_class = "atomicity violation", .cwe = 362, .tsan = racekit::blind,
                 .model = racekit::finds("failed check"), .process = racekit::finds("failed check"),
                 .blind_why = "only one process, the server, accesses the number",
                 .reference = "multiprocessing managers: `proxy.value += 1` makes two trips");
