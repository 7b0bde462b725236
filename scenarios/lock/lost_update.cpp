// SPDX-License-Identifier: MIT
// Lost update. Two tellers add a deposit to one balance; one deposit is lost.
//
//     teller 0:  read 0 ............. write 10
//     teller 1:  ........ read 0 .............. write 10        balance: 10, not 20
//
// The race: reading and writing are two steps, and the other teller can run between them.
// The fix:  a lock makes them one step; each lock() acquires what the last unlock() released.
#include <racekit/lock/mutex.hpp>
#include <racekit/scenario.hpp>

namespace {

struct racy {
    racekit::plain<int> balance{0};

    void deposit(int amount) {
        balance.write(balance.read() + amount);  // <- race
    }
};

struct fixed {
    racekit::mutex gate;
    racekit::plain<int> balance{0};

    void deposit(int amount) {
        racekit::scoped_lock hold(gate);
        balance.write(balance.read() + amount);
    }
};

template <class account>
struct lost_update {
    static constexpr int threads = 2;
    account shared;

    void thread(int) { shared.deposit(10); }
    void after() { RACEKIT_CHECK_EQUAL(20, shared.balance.read()); }
    int outcome() { return shared.balance.read(); }
};

}  // namespace

RACEKIT_SCENARIO(lost_update, racy, fixed, .title = "Two deposits, one of them lost",
                 .bug_class = "data race", .cwe = 366,
                 .stress = racekit::may_find("failed check"), .tsan = racekit::finds("data race"),
                 .model = racekit::finds("data race"),
                 .reference = "SCTBench account_bad; the tutorial's Tables 1 and 2",
                 .racy_shown = "0.1.0.1", .fixed_shown = "0.0.0.0.1.1.1.1");
