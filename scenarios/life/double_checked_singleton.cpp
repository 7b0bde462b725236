// SPDX-License-Identifier: MIT
// Double-checked singleton. The second caller finds the pointer set, and the object not yet made.
//
//     thread 0:  lock, object = 7 .. pointer = &object (relaxed)
//     thread 1:  .............................................. pointer is set: reads the object
//
// The race: the first look is outside the lock, so only the pointer itself can hand the object
//           over; a relaxed store hands over nothing but the pointer.
// The fix:  publish the pointer with release. (Or a function-local static, which the compiler does
//           just so.)
#include <racekit/lock/mutex.hpp>
#include <racekit/scenario.hpp>

namespace {

struct racy {
    static constexpr auto publish = std::memory_order_relaxed;
};

struct fixed {
    static constexpr auto publish = std::memory_order_release;  // -> the first look: it is whole
};

template <class orders>
struct double_checked_singleton {
    static constexpr int threads = 2;
    racekit::atomic<racekit::plain<int>*> instance{nullptr};
    racekit::mutex gate;
    racekit::plain<int> object{0};

    racekit::plain<int>& get() {
        racekit::plain<int>* made = instance.load(std::memory_order_acquire);
        if (made != nullptr) return *made;
        racekit::scoped_lock hold(gate);
        made = instance.load(std::memory_order_relaxed);  // the lock orders it
        if (made != nullptr) return *made;
        object.write(7);  // <- race
        instance.store(&object, orders::publish);
        return object;
    }

    void thread(int) { RACEKIT_CHECK_EQUAL(7, get().read()); }  // <- race
};

}  // namespace

RACEKIT_SCENARIO(double_checked_singleton, racy, fixed,
                 .title = "A singleton seen before it is made", .bug_class = "weak ordering",
                 .cwe = 609, .stress = racekit::blind_under_tso,
                 .tsan = racekit::finds("data race"), .model = racekit::finds("data race"),
                 .blind_why = "x86 keeps stores in order: there the object is always made first",
                 .reference = "Meyers, Alexandrescu 2004; jcstress Singleton_07");
