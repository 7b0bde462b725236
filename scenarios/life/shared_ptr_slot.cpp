// SPDX-License-Identifier: MIT
// One slot for a shared pointer. Two threads assign to it; both drop the object it held before.
//
//     thread 0:  old = a ............. slot = b .. drops a
//     thread 1:  ........ old = a ................ slot = c .. drops a again    b: never dropped
//
// The race: the reference counts of a shared_ptr are atomic; the pointer variable itself is not. An
//           assignment reads it, writes it, and drops the value it read.
// The fix:  std::atomic<std::shared_ptr<T>>. Its assignment is one exchange, as here, so that only
//           one thread takes out each pointer.
//
// The scenario counts the owners of each object instead, since a real second drop would be a double
// free.
#include <racekit/scenario.hpp>

namespace {

struct object {
    racekit::atomic<int> owners{1};

    void drop() {
        int const before = owners.fetch_sub(1, std::memory_order_acq_rel);
        RACEKIT_CHECK_EQUAL(1, before);
    }
};

struct racy {
    racekit::plain<object*> slot;

    void assign(object* fresh) {
        object* const old = slot.read();  // <- race
        slot.write(fresh);                // <- race
        old->drop();
    }
};

struct fixed {
    racekit::atomic<object*> slot;

    void assign(object* fresh) {
        object* const old = slot.exchange(fresh);
        old->drop();
    }
};

template <class pointer>
struct shared_ptr_slot {
    static constexpr int threads = 2;
    object first;
    object fresh[threads];
    pointer shared{&first};

    void thread(int self) { shared.assign(&fresh[self]); }
    void after() {
        RACEKIT_CHECK_EQUAL(0, first.owners.load());
        RACEKIT_CHECK_EQUAL(1, fresh[0].owners.load() + fresh[1].owners.load());
    }
};

}  // namespace

RACEKIT_SCENARIO(shared_ptr_slot, racy, fixed, .title = "Two assignments to one shared_ptr",
                 .bug_class = "data race", .cwe = 821,
                 .stress = racekit::may_find("failed check"), .tsan = racekit::finds("data race"),
                 .model = racekit::finds("data race"),
                 .reference = "C++ [util.smartptr.atomic]: counts are atomic, pointers are not");
