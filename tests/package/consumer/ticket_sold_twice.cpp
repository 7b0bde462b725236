// SPDX-License-Identifier: MIT
// Ticket sold twice. Two customers buy at one office; both walk away with ticket 1.
//
//     customer 0:  read 0 ............. write 1
//     customer 1:  ........ read 0 .............. write 1
//
// The race: looking up the last number and writing the next one are two steps of sell().
// The fix:  the office serves one customer at a time.
#include <my/ticket_office.hpp>
#include <racekit/scenario.hpp>

namespace {

struct racy : my::ticket_office<my::no_gate> {};

struct fixed : my::ticket_office<racekit::mutex> {};

template <class office>
struct ticket_sold_twice {
    static constexpr int threads = 2;
    office shared;
    int ticket[threads] = {};

    void thread(int self) { ticket[self] = shared.sell(); }  // <- race
    void after() { RACEKIT_CHECK(ticket[0] != ticket[1]); }
};

}  // namespace

RACEKIT_SCENARIO(ticket_sold_twice, racy, fixed, .title = "Two customers, one ticket",
                 .bug_class = "data race", .cwe = 366,
                 .stress = racekit::may_find("failed check"), .tsan = racekit::finds("data race"),
                 .model = racekit::finds("data race"));
