// SPDX-License-Identifier: MIT
// Publish too weakly. The producer's index reaches the consumer before the element does.
//
//     producer:  put 7 into the slot .. tail = 1 (relaxed)
//     consumer:  ....................................... tail is 1: take the slot -> garbage?
//
// The race: a relaxed store of the index does not publish the element written before it, so the
//           consumer may read a slot whose content is not visible to it yet.
// The fix:  publish with release: a consumer that acquires the new index also sees the element.
#include <racekit/queue/spsc_queue.hpp>
#include <racekit/scenario.hpp>

namespace {

struct racy : racekit::spsc_orders {
    static constexpr auto publish = std::memory_order_relaxed;
};

struct fixed : racekit::spsc_orders {
    static constexpr auto publish = std::memory_order_release;
};

template <class orders>
struct publish_too_weakly {
    static constexpr int threads = 2;
    racekit::spsc_queue<int, orders> queue{1};
    int got = 0;

    void thread(int self) {
        if (self == 0) {
            RACEKIT_CHECK(queue.try_push(7));  // <- race
        } else if (int element = 0; queue.try_pop(element)) {  // <- race
            got = element;
            RACEKIT_CHECK_EQUAL(7, element);
        }
    }
    std::string outcome() {
        return got == 7 ? "got 7" : got == 0 ? "came too early" : "got garbage";
    }
};

}  // namespace

RACEKIT_SCENARIO(publish_too_weakly, racy, fixed,
                 .title = "A queue whose index is published before its element",
                 .bug_class = "weak ordering", .cwe = 821, .stress = racekit::blind_under_tso,
                 .tsan = racekit::finds("data race"), .model = racekit::finds("data race"),
                 .blind_why = "x86 keeps stores in order: the element is visible first",
                 .reference = "jcstress BasicJMM_06; PostgreSQL 4c85364 (a store's order)");
