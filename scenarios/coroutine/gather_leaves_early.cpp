// SPDX-License-Identifier: MIT
// Two tasks awaited one after the other. The first one fails, and the caller goes on as if both
// were over: the second one still runs, and its error is lost.
//
//     transfer:  await debit: it failed, undo .................. (an error that nothing reads)
//     debit:     ............ throws
//     credit:    ............................... still runs, throws
//
// The race: a co_await that throws leaves the function, and with it the futures that it would have
//           awaited next. Their tasks go on.
// The fix:  gather(): it waits for all of them, and then throws all errors.
#include <racekit/scenario.hpp>
#include <racekit/task/gather.hpp>

#include "quiet.hpp"

#include <exception>
#include <stdexcept>
#include <utility>

namespace {

using racekit::event_loop;
using racekit::future;
using racekit::task;

task<> part(future<> answer, racekit::plain<int>& running) {
    try {
        co_await answer;
    } catch (...) {
        running.write(running.read() - 1);
        throw;
    }
}

struct racy {
    static task<> both(event_loop& loop, task<> debit, task<> credit) {
        auto const first = loop.spawn(std::move(debit));
        auto const second = loop.spawn(std::move(credit));
        co_await first;  // <- race
        co_await second;
    }
};

struct fixed {
    static task<> both(event_loop& loop, task<> debit, task<> credit) {
        co_await racekit::gather(loop, std::move(debit), std::move(credit));
    }
};

template <class transfer>
struct gather_leaves_early {
    static constexpr int threads = 2;
    event_loop loop;
    racekit::future_source<> debit{loop};
    racekit::future_source<> credit{loop};
    racekit::plain<int> running{2};

    task<> work() {
        try {
            co_await transfer::both(loop, part(debit.future(), running),
                                    part(credit.future(), running));
        } catch (...) {
            RACEKIT_CHECK_EQUAL(0, running.read());
        }
    }
    void fail(racekit::future_source<>& one) {
        loop.call_soon_threadsafe([&one] {
            (void)one.try_set_error(std::make_exception_ptr(std::runtime_error("no connection")));
        });
    }
    void thread(int self) {
        if (self == 0) {
            loop.run_until_complete(work());
        } else {
            fail(debit);
            fail(credit);
            loop.call_soon_threadsafe([] {});
        }
    }
};

}  // namespace

RACEKIT_SCENARIO(gather_leaves_early, racy, fixed, .title = "Tasks that run on after an error",
                 .bug_class = "partial failure", .cwe = 754,
                 .stress = racekit::may_find("failed check"),
                 .tsan = racekit::finds("failed check"), .model = racekit::finds("failed check"),
                 .reference = "asyncio.gather: the other awaitables are not cancelled");
