// SPDX-License-Identifier: MIT
// Cancelled after the grant. A coroutine waits for a permit, is granted it, and is cancelled before
// it resumes; the permit is lost.
//
//     coroutine 0:  waits ......................... resumes: cancelled, leaves
//     coroutine 1:  ..... release: 0 has it, cancel 0 ........................ acquire: for ever
//
// The race: between the grant and the resumption of the waiter the loop may run a cancellation. The
//           waiter then owns a permit and does not know it.
// The fix:  a cancelled coroutine checks whether it was granted the permit, and passes it on.
#include <racekit/lock/mutex.hpp>
#include <racekit/scenario.hpp>

#include "strand.hpp"

namespace {

using namespace racekit::strand;

enum state { running, waiting, granted };

/// One permit, which coroutine 1 has at first.
struct racy {
    racekit::atomic<state> of[2] = {running, running};
    racekit::atomic<bool> is_free{false};

    bool try_acquire(int self) {
        bool const got = is_free.exchange(false);
        of[self].store(got ? granted : waiting);
        return got;
    }
    void release() {
        for (auto& each : of)
            if (each.load() == waiting) return each.store(granted);
        is_free.store(true);
    }
    void withdraw(int) {}
};

struct fixed : racy {
    void withdraw(int self) { if (of[self].load() == granted) release(); }
};

template <class permit>
struct cancel_after_grant {
    static constexpr int threads = 2;
    racekit::mutex loop;
    permit shared;
    racekit::plain<bool> is_cancelled{false};  // coroutine 0

    task run(int self) {
        if (self == 1) shared.release(), is_cancelled.write(true);
        if (!shared.try_acquire(self)) co_await std::suspend_always();
        if (self == 0 && is_cancelled.read()) co_return shared.withdraw(self);
        shared.release();
    }
    void thread(int self) {
        drive(run(self), loop, [&](auto&) {
            (void)racekit::await(shared.of[self], [](state now) { return now != waiting; });
        });
    }
};

}  // namespace

RACEKIT_SCENARIO(cancel_after_grant, racy, fixed, .title = "A permit granted to a cancelled waiter",
                 .bug_class = "lost wake-up", .cwe = 667, .stress = racekit::may_find("hang"),
                 .tsan = racekit::finds("deadlock"), .model = racekit::finds("deadlock"),
                 .reference = "CPython bpo-27585, gh-90155: asyncio.Lock; anyio#388");
