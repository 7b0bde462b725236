// SPDX-License-Identifier: MIT
// Check, await, act. Two buyers share one event loop and one ticket; both get it.
//
//     buyer 0:  is there one? yes, await the payment .................. take it
//     buyer 1:  ...................................... is there one? yes, await ... take it: -1
//     left
//
// The race: between the check and the action is a co_await. The loop runs the other buyer there,
//           whose check finds the ticket too. No lock would be needed without the await: the
//           tasks of one loop never run at the same time.
// The fix:  check and act without an await between them: take the ticket first, then await the
//           payment.
//
// There is no data race: the loop orders all accesses.
#include <racekit/scenario.hpp>
#include <racekit/task/event_loop.hpp>

#include "quiet.hpp"

namespace {

using racekit::event_loop;
using racekit::task;

struct racy {
    static task<> buy(event_loop& loop, racekit::plain<int>& tickets) {
        if (tickets.read() == 0) co_return;
        co_await loop.turn();
        tickets.write(tickets.read() - 1);  // <- race
    }
};

struct fixed {
    static task<> buy(event_loop& loop, racekit::plain<int>& tickets) {
        if (tickets.read() == 0) co_return;
        tickets.write(tickets.read() - 1);
        co_await loop.turn();
    }
};

template <class buyer>
struct ticket_sold_across_await {
    static constexpr int threads = 2;
    event_loop loop;
    racekit::plain<int> tickets{1};
    racekit::plain<int> served{0};

    task<> serve() {
        co_await buyer::buy(loop, tickets);
        served.write(served.read() + 1);
        if (served.read() == 2) loop.stop();
    }
    void thread(int self) {
        loop.call_soon_threadsafe([this] { (void)loop.spawn(serve()); });
        if (self == 0) loop.run_forever();
    }
    void after() { RACEKIT_CHECK_EQUAL(0, tickets.read()); }
};

}  // namespace

RACEKIT_SCENARIO(ticket_sold_across_await, racy, fixed,
                 .title = "One ticket sold to two buyers of one loop",
                 .bug_class = "check then act", .cwe = 367,
                 .stress = racekit::may_find("failed check"),
                 .tsan = racekit::finds("failed check"), .model = racekit::finds("failed check"),
                 .reference = "asyncio, JavaScript: a check that is old after an await");
