// SPDX-License-Identifier: MIT
// Two roles, one condition. The wake-up meant for the producer goes to a consumer, who cannot use
// it.
//
//     producer:    put, notify ... full: waits ......................................... for ever
//     consumer 1:  waits ......... woken .......... takes, notify_one: wakes consumer 2
//     consumer 2:  waits ................................... none left: waits ......... for ever
//
// The race: those who wait for an item and those who wait for room sleep in one place, and
//           notify_one wakes any of them.
// The fix:  a condition for each role (or notify_all, and many wake in vain).
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
    conditions told;
    racekit::plain<int> items{0};

    void thread(int self) {
        if (self != 0) return take();
        put();
        put();
    }

    void put() {
        racekit::unique_lock hold(gate);
        while (items.read() == capacity)
            told.has_room.wait(hold);
        items.write(items.read() + 1);
        told.has_item.notify_one();
    }
    void take() {
        racekit::unique_lock hold(gate);
        while (items.read() == 0)
            told.has_item.wait(hold);
        items.write(items.read() - 1);
        told.has_room.notify_one();
    }
};

}  // namespace

RACEKIT_SCENARIO(two_roles_one_condition, racy, fixed, .title = "The wrong sleeper is woken",
                 .bug_class = "lost wake-up", .cwe = 821, .stress = racekit::may_find("hang"),
                 .tsan = racekit::finds("deadlock"), .model = racekit::finds("lost wake-up"),
                 .reference = "the classic bounded buffer; GoBench, condition-variable deadlocks");
