// SPDX-License-Identifier: MIT
// A timeout drops an item. The item is handed over just as the waiter times out, and is lost.
//
//     taker:  waits, deadline passes ................................ gives up: nothing came
//     giver:  ...................... it is wanted: hands it over, "accepted"
//
// The race: between the deadline and the return of the wait the lock is free. A passed deadline
//           does not mean that no item came.
// The fix:  check the state again after a timeout; only the state, read under the lock, is
//           reliable.
#include <racekit/lock/condition_variable.hpp>
#include <racekit/scenario.hpp>

#include <string>

namespace {

struct hand_over {
    racekit::mutex gate;
    racekit::condition_variable came;
    racekit::plain<bool> wanted{false}, filled{false};

    bool give() {
        racekit::scoped_lock hold(gate);
        if (!wanted.read()) return false;
        filled.write(true);
        came.notify_one();
        return true;
    }
};

struct racy : hand_over {
    bool take(racekit::deadline limit) {
        racekit::unique_lock hold(gate);
        wanted.write(true);
        bool const in_time = filled.read() ||
                             came.wait_until(hold, limit) == racekit::cv_status::no_timeout;
        wanted.write(false);
        return in_time && filled.read();  // <- race
    }
};

struct fixed : hand_over {
    bool take(racekit::deadline limit) {
        racekit::unique_lock hold(gate);
        wanted.write(true);
        if (!filled.read()) (void)came.wait_until(hold, limit);
        wanted.write(false);
        return filled.read();
    }
};

template <class hand_over>
struct timeout_drops_item {
    static constexpr int threads = 2;
    hand_over shared;
    bool given = false;
    bool taken = false;

    void thread(int self) {
        if (self == 0) {
            given = shared.give();
        } else {
            taken = shared.take(racekit::after(std::chrono::microseconds(50)));
        }
    }
    void after() { RACEKIT_CHECK_EQUAL(given, taken); }
    std::string outcome() {
        return std::string(given ? "given" : "refused") + (taken ? ", taken" : ", nothing");
    }
};

}  // namespace

RACEKIT_SCENARIO(timeout_drops_item, racy, fixed,
                 .title = "Item handed to a waiter that already timed out",
                 .bug_class = "lost item", .cwe = 362, .stress = racekit::may_find("failed check"),
                 .tsan = racekit::finds("failed check"), .model = racekit::finds("failed check"),
                 .reference = "CPython gh-112202: the same with a cancelled waiter");
