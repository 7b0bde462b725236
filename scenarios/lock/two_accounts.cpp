// SPDX-License-Identifier: MIT
// Two accounts. Each is safe on its own; the sum of both is not, and an audit misses money.
//
//     transfer:  here 50 -> 40 ........................... there 50 -> 60
//     audit:     ............. here 40 ...... there 50 ................     total: 90, not 100
//
// The race: the invariant spans two variables, each with its own lock. Between the two steps of the
//           transfer it does not hold, and the audit can run there.
// The fix:  one lock for both variables, held for the whole transfer and the whole audit.
//
// ThreadSanitizer itself has nothing to report: every access is under the lock of its account.
#include <racekit/lock/mutex.hpp>
#include <racekit/scenario.hpp>

namespace {

class account {
public:
    void add(int amount) {
        racekit::scoped_lock hold(gate_);
        balance_.write(balance_.read() + amount);
    }
    int balance() {
        racekit::scoped_lock hold(gate_);
        return balance_.read();
    }

private:
    racekit::mutex gate_;
    racekit::plain<int> balance_{50};
};

struct racy {
    account here, there;

    void transfer(int amount) {
        here.add(-amount);
        there.add(amount);  // <- race
    }
    int total() { return here.balance() + there.balance(); }  // <- race
};

struct fixed {
    account here, there;
    racekit::mutex pair;

    void transfer(int amount) {
        racekit::scoped_lock hold(pair);
        here.add(-amount);
        there.add(amount);
    }
    int total() {
        racekit::scoped_lock hold(pair);
        return here.balance() + there.balance();
    }
};

template <class bank>
struct two_accounts {
    static constexpr int threads = 2;
    bank shared;

    void thread(int self) {
        self == 0 ? shared.transfer(10) : RACEKIT_CHECK_EQUAL(100, shared.total());
    }
};

}  // namespace

RACEKIT_SCENARIO(two_accounts, racy, fixed, .title = "Two protected accounts, an unprotected sum",
                 .bug_class = "atomicity violation", .cwe = 821,
                 .stress = racekit::may_find("failed check"),
                 .tsan = racekit::finds("failed check"), .model = racekit::finds("failed check"),
                 .reference = "Lu et al., ASPLOS 2008: a third of bugs span several variables");
