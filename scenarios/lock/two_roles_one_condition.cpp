// SPDX-License-Identifier: MIT
// Two roles, one condition. The notification for the producer wakes a consumer, who cannot use
// it.
//
//     producer:    put, notify ... full: waits ......................................... for ever
//     consumer 1:  waits ......... woken .......... takes, notify_one: wakes consumer 2
//     consumer 2:  waits ................................... none left: waits ......... for ever
//
// The race: threads that wait for an item and threads that wait for room share one condition
//           variable, and notify_one wakes any of them.
// The fix:  one condition variable per role (or notify_all, with many needless wake-ups).
#include <racekit/lock/condition_variable.hpp>
#include <racekit/scenario.hpp>

namespace {

struct racy {
    racekit::condition_variable has_item;
    racekit::condition_variable& has_room = has_item;  // <- race
};

struct fixed {
    racekit::condition_variable has_item;
    racekit::condition_variable has_room;
};

template <class conditions>
struct two_roles_one_condition {
    static constexpr int threads = 3;
    static constexpr int capacity = 1;
    racekit::mutex gate;
    conditions changed;
    racekit::plain<int> items{0};

    void thread(int self) {
        if (self != 0) return take();
        put();
        put();
    }

    void put() {
        racekit::unique_lock hold(gate);
        while (items.read() == capacity)
            changed.has_room.wait(hold);
        items.write(items.read() + 1);
        changed.has_item.notify_one();
    }
    void take() {
        racekit::unique_lock hold(gate);
        while (items.read() == 0)
            changed.has_item.wait(hold);
        items.write(items.read() - 1);
        changed.has_room.notify_one();
    }
};

}  // namespace

RACEKIT_SCENARIO(two_roles_one_condition, racy, fixed,
                 .title = "A notification that wakes a waiter of the wrong role",
                 .bug_class = "lost wake-up", .cwe = 821, .stress = racekit::may_find("hang"),
                 .tsan = racekit::finds("deadlock"), .model = racekit::finds("lost wake-up"),
                 .reference = "the classic bounded buffer; GoBench, condition-variable deadlocks");
