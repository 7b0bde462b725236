// SPDX-License-Identifier: MIT
// Deposit lost. Two deposits into one account of a library, whose code is as it is: std::mutex and
// a plain variable.
//
//     thread 0:  read 0 ............. write 10
//     thread 1:  ........ read 0 ............... write 10
//
// The race: a deposit reads the balance and writes it in two steps.
// The fix:  the account has a mutex.
#include <my/account.hpp>
#include <racekit/scenario.hpp>

namespace {

struct racy : my::account {
    [[nodiscard]] int total() const { return balance; }
};

struct fixed : my::guarded_account {
    [[nodiscard]] int total() const { return inside.balance; }
};

template <class account>
struct deposit_lost {
    static constexpr int threads = 2;
    account shared;

    void thread(int) { my::deposit(shared, 10); }  // <- race
    void after() { RACEKIT_CHECK_EQUAL(20, shared.total()); }
};

}  // namespace

RACEKIT_SCENARIO(deposit_lost, racy, fixed, .title = "Two deposits, one of them counts",
                 .bug_class = "data race", .cwe = 366, .stress = racekit::may_find("failed check"),
                 .tsan = racekit::finds("data race"), .model = racekit::finds("data race"));
