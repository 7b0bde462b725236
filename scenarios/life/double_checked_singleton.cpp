// SPDX-License-Identifier: MIT
// Double-checked singleton. The second caller sees the pointer before the object is constructed.
//
//     thread 0:  lock, object = 7 .. pointer = &object (relaxed)
//     thread 1:  .............................................. pointer is set: reads the object
//
// The race: the first check is outside the lock, so only the pointer can publish the object; a
//           relaxed store publishes nothing but the pointer itself.
// The fix:  store the pointer with release. (Or use a function-local static, for which the compiler
//           generates this.)
#include <racekit/lock/mutex.hpp>
#include <racekit/scenario.hpp>

namespace {

struct racy {
    static constexpr auto publish = std::memory_order_relaxed;
};

struct fixed {
    static constexpr auto publish = std::memory_order_release;  // -> the first check
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
                 .title = "A singleton seen before it is constructed", .bug_class = "weak ordering",
                 .cwe = 609, .stress = racekit::blind_under_tso,
                 .tsan = racekit::finds("data race"), .model = racekit::finds("data race"),
                 .blind_why = "x86 keeps stores in order: the object is visible first",
                 .reference = "Meyers, Alexandrescu 2004; jcstress Singleton_07");
