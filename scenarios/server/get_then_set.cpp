// SPDX-License-Identifier: MIT
// Get, then set. Two clients add one to a number that a server keeps; one addition is lost.
//
//     client 1:  get -> 0 ............. set 1
//     client 2:  .......... get -> 0 .......... set 1        the server keeps 1, not 2
//
// The race: the server does each call as one step, but `p.value += 1` is two calls.
// The fix:  one call that adds; the server does it as one step.
#include <racekit/scenario.hpp>
#include <racekit/server/value_server.hpp>

namespace {

struct racy {
    racekit::basic_value_server<2, 1> server;

    void add_one(racekit::proxy& number) {
        std::int64_t const seen = number.get(0, racekit::never).value;
        number.set(0, seen + 1, racekit::never);  // <- race
    }
};

struct fixed {
    racekit::basic_value_server<2, 1> server;

    void add_one(racekit::proxy& number) {
        number.add(0, 1, racekit::never);
    }
};

template <class service>
struct get_then_set {
    static constexpr int processes = 3;
    service shared;

    void process(int self) {
        if (self == 0) return shared.server.serve();
        racekit::proxy number = shared.server.connect(static_cast<std::size_t>(self - 1));
        shared.add_one(number);
    }
    void after() { RACEKIT_CHECK_EQUAL(2, shared.server.value(0)); }
    std::int64_t outcome() { return shared.server.value(0); }
};

}  // namespace

RACEKIT_SCENARIO(get_then_set, racy, fixed, .title = "A lost update through two proxies",
                 .bug_class = "atomicity violation", .cwe = 362, .tsan = racekit::blind,
                 .model = racekit::finds("failed check"), .process = racekit::finds("failed check"),
                 .blind_why = "only one process, the server, accesses the number",
                 .reference = "multiprocessing managers: `proxy.value += 1` makes two trips");
