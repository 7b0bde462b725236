// SPDX-License-Identifier: MIT
// Publish before write. A producer advances the index of the ring, and fills the slot afterwards.
//
//     producer:  tail = 1 ...................... slot = 7
//     consumer:  ........ tail is 1: reads slot -> 0
//
// The race: once the index has moved, the slot belongs to the consumer, but the producer still
//           writes to it. The memory orders are correct, the program order is not.
// The fix:  fill the slot, then publish it: the store of the index is the last step.
#include <racekit/scenario.hpp>

namespace {

struct racy {
    racekit::plain<int> slots[2];
    racekit::atomic<unsigned> tail{0};

    void put(int item) {
        unsigned const at = tail.load(std::memory_order_relaxed);  // only the producer writes it
        tail.store(at + 1, std::memory_order_release);
        slots[at].write(item);  // <- race
    }
};

struct fixed {
    racekit::plain<int> slots[2];
    racekit::atomic<unsigned> tail{0};

    void put(int item) {
        unsigned const at = tail.load(std::memory_order_relaxed);  // only the producer writes it
        slots[at].write(item);
        tail.store(at + 1, std::memory_order_release);
    }
};

template <class ring>
struct publish_before_write {
    static constexpr int threads = 2;
    ring shared;
    int got = 7;

    void thread(int self) {
        if (self == 0) {
            shared.put(7);
        } else if (shared.tail.load(std::memory_order_acquire) == 1) {
            got = shared.slots[0].read();  // <- race
        }
    }
    void after() { RACEKIT_CHECK_EQUAL(7, got); }
};

}  // namespace

RACEKIT_SCENARIO(publish_before_write, racy, fixed,
                 .title = "An index published before its slot is filled",
                 .bug_class = "order violation", .cwe = 362,
                 .stress = racekit::may_find("failed check"), .tsan = racekit::finds("data race"),
                 .model = racekit::finds("data race"),
                 .reference = "PostgreSQL 4c85364 (the order of stores in LWLockRelease)",
                 .racy_shown = "0.0.1.1.0");
